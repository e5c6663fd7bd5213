import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { DynamoDbStore, Projection, Service, View, type ProjectionProps } from '../../../lib/index.js';
import { newCommands, newShop } from '../support/shop.js';
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
    const { stack } = synthesise({ batchSize: 11, maxConcurrency: 1, parkAfter: 4, maxReceiveCount: 5 });
    const findings = findingsOf(stack);
    expect(findings).toContain('[Shop/Browse/Listing] batchSize is 11; allowed: 1 to 10');
    expect(findings).toContain('[Shop/Browse/Listing] maxConcurrency is 1; allowed: 2 to 1000');
    expect(findings).toContain(
      '[Shop/Browse/Listing] parkAfter is 4 and maxReceiveCount 5; allowed: parkAfter at least 2',
    );
  });
});
