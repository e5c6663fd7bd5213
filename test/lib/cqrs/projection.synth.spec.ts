import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import {
  DynamoDbStore,
  PostgresStore,
  Projection,
  QueryApi,
  Service,
  View,
  type ProjectionProps,
} from '../../../lib/index.js';
import { CLUSTER_ARN, newCommands, newShop, SECRET_ARN } from '../support/shop.js';
import { findingsOf, newHandler, rendered, Synthesised } from '../support/synthesis.js';

function synthesise(props: Partial<ProjectionProps> = {}, timeout?: Duration) {
  const shop = newShop();
  const commands = newCommands(shop);
  const browse = new Service(shop.stack, 'Browse', { events: shop.events });
  const view = new DynamoDbStore(browse, 'View', {
    partitionKey: 'productId',
    indexes: [{ name: 'by-category', partitionKey: 'category' }],
  });
  const handler = newHandler(browse, 'ListingHandler', timeout);
  const projection = new Projection(browse, 'Listing', {
    of: commands.stream,
    into: View.entity(view),
    handler,
    ...props,
  });
  return { ...shop, browse, commands, view, handler, projection };
}

/** A database for views that exists already. */
/** Another database than the catalog's: a service has its own. */
const INSIGHTS_ARN = `${CLUSTER_ARN}-insights`;

function inPostgres(browse: Service) {
  const existing = { clusterArn: INSIGHTS_ARN, secretArn: `${SECRET_ARN}-insights`, databaseName: 'insights' };
  return PostgresStore.fromDataApi(browse, 'Baskets', existing);
}

describe('a projection', () => {
  it('follows the whole stream of the publisher and brings it to a queue', () => {
    const { stack, events, projection } = synthesise();
    const synthesised = new Synthesised(stack);
    const { Properties = {} } = synthesised.only('AWS::Events::Rule');
    expect(Properties).toMatchObject({
      EventPattern: { source: ['catalog'], 'detail-type': ['product'] },
      State: 'ENABLED',
    });
    expect(rendered(Properties['EventBusName'])).toBe(`<${synthesised.idOf(events.eventBus)}>`);
    const [target] = Properties['Targets'] as { Arn: unknown; DeadLetterConfig: { Arn: unknown } }[];
    expect(rendered(target?.Arn)).toBe(`<${synthesised.idOf(projection.queue)}.Arn>`);
    expect(rendered(target?.DeadLetterConfig.Arn)).toBe(`<${synthesised.idOf(projection.deadLetterQueue)}.Arn>`);
  });

  it('returns the part of a batch that failed, and bounds how many work at once', () => {
    const { stack, handler, projection } = synthesise({ maxConcurrency: 3, batchSize: 7 });
    const synthesised = new Synthesised(stack);
    const mappings = Object.values(synthesised.template.findResources('AWS::Lambda::EventSourceMapping'));
    const properties = mappings.map((mapping) => mapping['Properties'] as Record<string, unknown>);
    const mapping = properties.find(({ FunctionName }) => rendered(FunctionName) === `<${synthesised.idOf(handler)}>`);
    expect(mapping).toMatchObject({
      BatchSize: 7,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 3 },
    });
    expect(rendered(mapping?.['EventSourceArn'])).toBe(`<${synthesised.idOf(projection.queue)}.Arn>`);
  });

  it('hides a message for six times as long as its handler may take', () => {
    const { stack, projection } = synthesise({}, Duration.seconds(20));
    expect(new Synthesised(stack).propertiesOf(projection.queue)).toMatchObject({ VisibilityTimeout: 120 });
  });

  it.each([
    [undefined, '3 s'],
    [Duration.seconds(19), '19 s'],
  ])('warns of a handler that is cut off while it closes a gap: %s', (timeout, said) => {
    const { stack } = synthesise({}, timeout);
    const warnings = new Synthesised(stack).warnings().filter((warning) => warning.includes('dead letters'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`is ended after ${said}, and closing a gap from history may take 20 s`);
  });

  it('does not warn of a handler with time enough', () => {
    const { stack } = synthesise({}, Duration.seconds(20));
    expect(new Synthesised(stack).warnings().join()).not.toContain('dead letters');
  });

  it('keeps what is no envelope apart, encrypted and longer than the queue does', () => {
    const { stack, projection } = synthesise();
    const synthesised = new Synthesised(stack);
    expect(synthesised.propertiesOf(projection.queue)).toMatchObject({
      RedrivePolicy: { maxReceiveCount: 10 },
      MessageRetentionPeriod: 7 * 86_400,
      SqsManagedSseEnabled: true,
    });
    expect(synthesised.propertiesOf(projection.deadLetterQueue)).toMatchObject({
      MessageRetentionPeriod: 14 * 86_400,
      SqsManagedSseEnabled: true,
    });
  });

  it('holds an entry of the largest size with what EventBridge puts around it', () => {
    const { stack, projection, commands } = synthesise();
    const synthesised = new Synthesised(stack);
    const { entryLimit } = synthesised.variable(commands.handler, 'DBPATTERNS_COMMANDS') as { entryLimit: number };
    for (const queue of [projection.queue, projection.deadLetterQueue]) {
      const { MaximumMessageSize: most } = synthesised.propertiesOf(queue);
      expect(most).toBeGreaterThanOrEqual(entryLimit + 10_000);
    }
  });

  it('tells its handler what it needs to know', () => {
    const { stack, handler, projection, commands } = synthesise();
    const synthesised = new Synthesised(stack);
    expect(synthesised.variable(handler, 'DBPATTERNS_PROJECTION')).toEqual({
      name: 'browse/Listing',
      service: 'catalog',
      stream: 'product',
      kind: 'entity',
      version: '1',
      queue: `<${synthesised.idOf(projection.queue)}>`,
      history: `<${synthesised.idOf(commands.outbox.history)}.Arn>`,
      parkAfter: 5,
      functionTimeout: 3,
      store: 'VIEW',
    });
    expect(synthesised.variable(handler, 'DBPATTERNS_STORE_VIEW')).toMatchObject({ kind: 'dynamodb' });
  });

  it('lets its handler read history, work on its queue and on the items of its table, and nothing else', () => {
    const { stack, handler, projection, commands, view } = synthesise();
    const synthesised = new Synthesised(stack);
    const table = `<${synthesised.idOf(view.table)}.Arn>`;
    const queue = `<${synthesised.idOf(projection.queue)}.Arn>`;
    expect([...new Set(synthesised.allowed(handler))]).toEqual([
      `dynamodb:BatchGetItem ${table}`,
      `dynamodb:BatchWriteItem ${table}`,
      `dynamodb:ConditionCheckItem ${table}`,
      `dynamodb:DeleteItem ${table}`,
      `dynamodb:GetItem ${table}`,
      `dynamodb:PutItem ${table}`,
      `dynamodb:Scan ${table}`,
      `dynamodb:UpdateItem ${table}`,
      `lambda:InvokeFunction <${synthesised.idOf(commands.outbox.history)}.Arn>`,
      `sqs:ChangeMessageVisibility ${queue}`,
      `sqs:DeleteMessage ${queue}`,
      `sqs:GetQueueAttributes ${queue}`,
      `sqs:GetQueueUrl ${queue}`,
      `sqs:ReceiveMessage ${queue}`,
      `sqs:SendMessage ${queue}`,
    ]);
  });

  it('keeps an aggregate view in a table with any keys', () => {
    const { stack, browse, commands } = synthesise();
    const totals = new DynamoDbStore(browse, 'Totals', { partitionKey: 'day', sortKey: 'country' });
    const handler = newHandler(browse, 'TotalsHandler');
    new Projection(browse, 'Sums', { of: commands.stream, into: View.aggregate(totals), handler });
    expect(findingsOf(stack)).toBe('');
    expect(new Synthesised(stack).variable(handler, 'DBPATTERNS_PROJECTION')).toMatchObject({
      name: 'browse/Sums',
      kind: 'aggregate',
      store: 'TOTALS',
    });
  });

  it('keeps an aggregate view in a table of PostgreSQL, as a user that may do nothing else', () => {
    const { stack, browse, commands } = synthesise();
    const store = inPostgres(browse);
    const handler = newHandler(browse, 'PairsHandler');
    new Projection(browse, 'Pairs', { of: commands.stream, into: View.aggregateTable(store, 'pairs'), handler });
    expect(findingsOf(stack)).toBe('');
    const synthesised = new Synthesised(stack);
    expect(synthesised.variable(handler, 'DBPATTERNS_PROJECTION')).toMatchObject({
      kind: 'aggregate',
      store: 'BASKETS',
      table: 'pairs',
    });
    const { secretArn } = synthesised.variable(handler, 'DBPATTERNS_STORE_BASKETS') as { secretArn: string };
    const { Properties } = synthesised.resource(secretArn.slice(1, -1));
    expect(
      rendered((Properties?.['GenerateSecretString'] as { SecretStringTemplate: unknown }).SecretStringTemplate),
    ).toBe('{"username":"insights_view"}');
    expect(synthesised.allowed(handler).filter((line) => line.endsWith(INSIGHTS_ARN))).toEqual([
      `rds-data:BeginTransaction ${INSIGHTS_ARN}`,
      `rds-data:CommitTransaction ${INSIGHTS_ARN}`,
      `rds-data:ExecuteStatement ${INSIGHTS_ARN}`,
      `rds-data:RollbackTransaction ${INSIGHTS_ARN}`,
    ]);
    const { users } = synthesised.variable(store.migrationFunction, 'DBPATTERNS_MIGRATIONS') as { users: object[] };
    expect(users).toEqual([{ name: 'insights_view', access: 'view', secretArn }]);
  });

  it('is migrated before it writes, and asked by a user that reads', () => {
    const { stack, browse, commands } = synthesise();
    const store = inPostgres(browse);
    const [writer, reader] = [newHandler(browse, 'PairsHandler'), newHandler(browse, 'Asked')];
    new Projection(browse, 'Pairs', {
      of: commands.stream,
      into: View.aggregateTable(store, 'pairs'),
      handler: writer,
    });
    new QueryApi(browse, 'Queries', { store, handler: reader });
    const synthesised = new Synthesised(stack);
    const migrated = Object.keys(synthesised.template.findResources('Custom::DatabaseMigrations'));
    const own = migrated.filter((id) => id.startsWith('BrowseBaskets'));
    expect(synthesised.dependenciesOf(writer)).toEqual(expect.arrayContaining(own));
    const { users } = synthesised.variable(store.migrationFunction, 'DBPATTERNS_MIGRATIONS') as {
      users: { access: string }[];
    };
    expect(users.map(({ access }) => access)).toEqual(['view', 'reader']);
  });

  it('refuses a table whose generations would have no name', () => {
    const { stack, browse, commands } = synthesise();
    const into = View.aggregateTable(inPostgres(browse), 'public.Pairs');
    new Projection(browse, 'Pairs', { of: commands.stream, into, handler: newHandler(browse) });
    expect(findingsOf(stack)).toContain(
      '[Shop/Browse/Pairs] the table of the aggregate view is "public.Pairs"; allowed',
    );
  });

  it('does about events what is no view, and never again', () => {
    const { stack, browse, commands } = synthesise();
    const store = new DynamoDbStore(browse, 'Mails', { partitionKey: 'product' });
    const handler = newHandler(browse, 'MailHandler');
    const projection = new Projection(browse, 'Mail', { of: commands.stream, into: View.reactions(store), handler });
    expect(findingsOf(stack)).toBe('');
    const synthesised = new Synthesised(stack);
    // What it calls may be away for hours.
    const settings = { kind: 'reaction', parkAfter: 24 };
    expect(synthesised.variable(handler, 'DBPATTERNS_PROJECTION')).toMatchObject(settings);
    const id = synthesised.idOf(handler);
    const metadata = synthesised.resource(id).Metadata;
    expect(metadata).toMatchObject({
      'cdk-database-patterns': { kind: 'projection', name: 'browse/Mail', stream: 'product' },
    });
    // A resource that refers to itself is not deployed.
    expect(JSON.stringify(metadata)).not.toContain('"Ref"');
    expect(projection.rebuild).toBeUndefined();
    expect(projection.alarms).toHaveLength(4);
  });

  it('refuses a sort key where reactions are kept', () => {
    const { stack, browse, commands } = synthesise();
    const store = new DynamoDbStore(browse, 'Odd', { partitionKey: 'product', sortKey: 'day' });
    new Projection(browse, 'Mail', { of: commands.stream, into: View.reactions(store), handler: newHandler(browse) });
    expect(findingsOf(stack)).toContain(
      '[Shop/Browse/Mail] the table of reactions Shop/Browse/Odd has the sort key "day"; allowed: a partition key only',
    );
  });

  it('is the only one of its view', () => {
    const { stack, browse, commands, view } = synthesise();
    new Projection(browse, 'Second', { of: commands.stream, into: View.entity(view), handler: newHandler(browse) });
    expect(findingsOf(stack)).toContain(
      '[Shop/Browse/Second] the view Shop/Browse/View is kept by Shop/Browse/Listing already; a view has one projection',
    );
  });

  it('tells its handler the version of what it makes of events', () => {
    const { stack, handler } = synthesise({ version: '2026-03' }, Duration.seconds(30));
    expect(new Synthesised(stack).variable(handler, 'DBPATTERNS_PROJECTION')).toMatchObject({
      version: '2026-03',
      functionTimeout: 30,
    });
  });

  it('raises an alarm when it or its queue is late, when a message cannot be delivered and when a stream stands still', () => {
    const { stack, projection, handler } = synthesise();
    const synthesised = new Synthesised(stack);
    const [lag, age, undeliverable, parked] = projection.alarms.map((alarm) => synthesised.propertiesOf(alarm));
    const queue = (construct: typeof projection.queue) => ({
      Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [synthesised.idOf(construct), 'QueueName'] } }],
    });
    const told = {
      Namespace: 'cdk-database-patterns',
      Dimensions: [
        { Name: 'Function', Value: { Ref: synthesised.idOf(handler) } },
        { Name: 'Projection', Value: 'browse/Listing' },
      ],
    };
    expect(lag).toMatchObject({
      MetricName: 'Lag',
      Threshold: 300,
      // A container that waits for 15 minutes before it tries again says nothing meanwhile.
      Period: 300,
      EvaluationPeriods: 4,
      DatapointsToAlarm: 1,
      TreatMissingData: 'notBreaching',
      ...told,
    });
    expect(age).toMatchObject({
      MetricName: 'ApproximateAgeOfOldestMessage',
      Statistic: 'Maximum',
      Threshold: 300,
      TreatMissingData: 'notBreaching',
      ...queue(projection.queue),
    });
    expect(undeliverable).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Threshold: 0,
      ...queue(projection.deadLetterQueue),
    });
    expect(parked).toMatchObject({
      MetricName: 'Parked',
      ...told,
      // What tells that all go on has a minute of its own.
      Period: 60,
      Threshold: 0,
      // It is told when it changes, and stands still with its stream.
      TreatMissingData: 'ignore',
      ComparisonOperator: 'GreaterThanThreshold',
    });
  });

  it('counts as its backlog also what somebody works on and what comes again later', () => {
    const { projection } = synthesise();
    const { expression, usingMetrics } = projection.metricBacklog();
    const names = Object.values(usingMetrics).map((metric) => (metric as cloudwatch.Metric).metricName);
    expect(expression.split(' + ')).toEqual(Object.keys(usingMetrics));
    expect(names.map((name) => name.replace('ApproximateNumberOfMessages', ''))).toEqual([
      'Visible',
      'NotVisible',
      'Delayed',
    ]);
  });

  it('may be patient with any view: what its queue would give up on comes as a copy', () => {
    expect(findingsOf(synthesise({ parkAfter: 100, maxReceiveCount: 7 }).stack)).toBe('');
  });

  it('refuses a sort key in an entity view', () => {
    const { stack, browse, commands } = synthesise();
    const store = new DynamoDbStore(browse, 'Odd', { partitionKey: 'productId', sortKey: 'category' });
    new Projection(browse, 'Second', { of: commands.stream, into: View.entity(store), handler: newHandler(browse) });
    expect(findingsOf(stack)).toContain(
      '[Shop/Browse/Second] the entity view Shop/Browse/Odd has the sort key "category"; allowed: a partition key only',
    );
  });

  it('is named by its place below its service, or as it was before it moved', () => {
    const { browse, commands } = synthesise();
    const group = new Construct(browse, 'Group');
    const into = (id: string) => View.entity(new DynamoDbStore(group, id, { partitionKey: 'productId' }));
    const deep = new Projection(group, 'Deep', { of: commands.stream, into: into('A'), handler: newHandler(group) });
    const moved = new Projection(browse, 'Moved', {
      of: commands.stream,
      into: into('B'),
      handler: newHandler(browse, 'MovedHandler'),
      projectionName: 'browse/Old',
    });
    expect([deep.projectionName, moved.projectionName]).toEqual(['browse/Group/Deep', 'browse/Old']);
  });

  it('says all that is wrong with its settings at once', () => {
    const { stack } = synthesise({
      batchSize: 11,
      maxConcurrency: 1,
      parkAfter: 4,
      maxReceiveCount: 5,
      version: '',
      keepPrevious: Duration.days(400),
    });
    const findings = findingsOf(stack);
    expect(findings).toContain('[Shop/Browse/Listing] batchSize is 11; allowed: 1 to 10');
    expect(findings).toContain('[Shop/Browse/Listing] maxConcurrency is 1; allowed: 2 to 1000');
    expect(findings).toContain(
      '[Shop/Browse/Listing] parkAfter is 4 and maxReceiveCount 5; allowed: maxReceiveCount at least 6',
    );
    expect(findings).toContain('[Shop/Browse/Listing] version has 0 characters; allowed: 1 to 64');
    expect(findings).toContain('[Shop/Browse/Listing] keepPrevious in days is 400; allowed: 0 to 300');
  });
});
