import * as events from 'aws-cdk-lib/aws-events';
import * as kms from 'aws-cdk-lib/aws-kms';
import { describe, expect, it } from 'vitest';
import {
  ArchivedHistory,
  CommandApi,
  CommitStore,
  DomainEvents,
  DynamoDbStore,
  Projection,
  Service,
  View,
  type ArchivedHistoryProps,
} from '../../../lib/index.js';
import { newCommands, newShop, type Shop } from '../support/shop.js';
import { findingsOf, newHandler, newStack, rendered, Synthesised } from '../support/synthesis.js';

const ARCHIVE = 'arn:aws:events:eu-west-1:123456789012:archive/shop';

function archived(props: Partial<ArchivedHistoryProps> = {}) {
  const shop = newShop();
  const commands = newCommands(shop);
  const browse = new Service(shop.stack, 'Browse', { events: shop.events });
  const history = new ArchivedHistory(browse, 'Archived', { of: commands.stream, archiveArn: ARCHIVE, ...props });
  return { ...shop, commands, browse, history };
}

/** An archive of the app, and a projection that is built from it. */
function archivedShop({ stack, events: domainEvents }: Shop, browse: Service, commands: CommandApi) {
  const view = new DynamoDbStore(browse, 'View', { partitionKey: 'product' });
  const handler = newHandler(browse);
  // #region archived
  const archive = new events.Archive(stack, 'Archive', {
    sourceEventBus: domainEvents.eventBus,
    eventPattern: { source: ['catalog'], detailType: ['product'] },
  });
  const archived = new ArchivedHistory(browse, 'Archived', { of: commands.stream, archiveArn: archive.archiveArn });
  new Projection(browse, 'Listing', { of: archived.stream, into: View.entity(view), handler });
  // #endregion
  return { archive, archived, handler };
}

function synthesise(props: Partial<ArchivedHistoryProps> = {}) {
  const made = archived(props);
  const synthesised = new Synthesised(made.stack);
  const name = (path: string): string => synthesised.idOf(made.history.node.findChild(path));
  return { ...made, synthesised, name };
}

describe('an archived history', () => {
  it('takes the whole stream from the bus, live and played, and keeps it whole batches at a time', () => {
    const { synthesised, name, events: domainEvents, history } = synthesise();
    const { Properties = {} } = synthesised.resource(name('Rule'));
    expect(Properties['EventPattern']).toEqual({ source: ['catalog'], 'detail-type': ['product'] });
    expect(rendered(Properties['EventBusName'])).toBe(`<${synthesised.idOf(domainEvents.eventBus)}>`);
    expect(Properties['Targets']).toMatchObject([
      { DeadLetterConfig: { Arn: { 'Fn::GetAtt': [synthesised.idOf(history.deadLetterQueue), 'Arn'] } } },
    ]);
    const mappings = Object.values(synthesised.template.findResources('AWS::Lambda::EventSourceMapping'));
    expect(mappings.map(({ Properties: each }) => each as object)).toContainEqual(
      expect.objectContaining({
        EventSourceArn: { 'Fn::GetAtt': [name('Queue'), 'Arn'] },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 10 },
      }),
    );
  });

  it('tells its functions what they need to know', () => {
    const { synthesised, name, history, events: domainEvents, commands } = synthesise();
    const keeper = history.node.findChild('Import').node.findChild('Function');
    const table = { kind: 'commits', table: `<${synthesised.idOf(history.store.table)}>` };
    for (const each of [keeper, history.stream.history]) {
      expect(synthesised.variable(each, 'DBPATTERNS_IMPORT')).toEqual({
        stream: 'product',
        history: `<${synthesised.idOf(commands.stream.history)}.Arn>`,
        store: 'COMMITS',
      });
    }
    expect(synthesised.variable(history.replay, 'DBPATTERNS_REPLAY')).toEqual({
      archive: ARCHIVE,
      bus: `<${synthesised.idOf(domainEvents.eventBus)}.Arn>`,
      rule: `<${name('Rule')}.Arn>`,
      queue: `<${name('Queue')}>`,
      deadLetters: `<${name('DeadLetters')}>`,
      store: 'COMMITS',
    });
    for (const each of [keeper, history.replay, history.stream.history]) {
      expect(synthesised.variable(each, 'DBPATTERNS_STORE_COMMITS')).toEqual(table);
    }
  });

  it('lets each function do its part and nothing else: what is kept is never changed', () => {
    const { synthesised, name, history, commands } = synthesise();
    const keeper = history.node.findChild('Import').node.findChild('Function');
    const table = `<${synthesised.idOf(history.store.table)}.Arn>`;
    const allowed = (fn: typeof keeper) =>
      synthesised.allowed(fn).filter((line) => !/^(logs|sqs:(ReceiveMessage|Change|GetQueueUrl|Delete))/.test(line));
    expect(allowed(keeper)).toEqual([
      `dynamodb:GetItem ${table}`,
      `dynamodb:PartiQLInsert ${table}`,
      `lambda:InvokeFunction <${synthesised.idOf(commands.stream.history)}.Arn>`,
      `sqs:GetQueueAttributes <${name('Queue')}.Arn>`,
    ]);
    expect(allowed(history.stream.history)).toEqual([
      ...['DescribeTable', 'Query', 'Scan'].map((action) => `dynamodb:${action} ${table}`),
      `lambda:InvokeFunction <${synthesised.idOf(commands.stream.history)}.Arn>`,
    ]);
    expect(allowed(history.replay)).toEqual([
      `dynamodb:Scan ${table}`,
      `events:DescribeArchive ${ARCHIVE}`,
      'events:DescribeReplay arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:replay/dbpatterns-*',
      `events:StartReplay <${synthesised.idOf(commands.stream.service.events.eventBus)}.Arn>`,
      'events:StartReplay arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:replay/dbpatterns-*',
      `events:StartReplay ${ARCHIVE}`,
      `sqs:GetQueueAttributes <${name('DeadLetters')}.Arn>`,
      `sqs:GetQueueAttributes <${name('Queue')}.Arn>`,
    ]);
  });

  it('has the archive play, and is the history of the projections of its stream', () => {
    const shop = newShop();
    const browse = new Service(shop.stack, 'Browse', { events: shop.events });
    const { archive, archived: history, handler } = archivedShop(shop, browse, newCommands(shop));
    const synthesised = new Synthesised(shop.stack);
    const own = synthesised.idOf(history.stream.history);
    expect(synthesised.allowed(history.replay)).toContain(`events:StartReplay <${synthesised.idOf(archive)}.Arn>`);
    expect(synthesised.variable(handler, 'DBPATTERNS_PROJECTION')).toMatchObject({
      service: 'catalog',
      stream: 'product',
      history: `<${own}.Arn>`,
    });
    expect(synthesised.allowed(handler)).toContain(`lambda:InvokeFunction <${own}.Arn>`);
    expect(findingsOf(shop.stack)).toBe('');
  });

  it('says what is wrong with what is no archive', () => {
    const { stack } = archived({ archiveArn: 'arn:aws:events:eu-west-1:123456789012:event-bus/shop' });
    expect(findingsOf(stack)).toContain(
      '[Shop/Browse/Archived] archiveArn is "arn:aws:events:eu-west-1:123456789012:e',
    );
  });

  it('keeps its table when the stack goes, unless it is for development', () => {
    const kept = synthesise();
    expect(kept.synthesised.resource(kept.synthesised.idOf(kept.history.store.table)).DeletionPolicy).toBe('Retain');
    const gone = synthesise({ development: true });
    expect(gone.synthesised.resource(gone.synthesised.idOf(gone.history.store.table)).DeletionPolicy).toBe('Delete');
  });

  it('can be told by tools from all other functions', () => {
    const { synthesised, history } = synthesise();
    expect(synthesised.resource(synthesised.idOf(history.replay)).Metadata).toMatchObject({
      'cdk-database-patterns': { kind: 'archive', service: 'catalog', stream: 'product' },
    });
  });

  it('raises an alarm where a commit could not be kept', () => {
    const { synthesised, history } = synthesise();
    expect(synthesised.propertiesOf(history.alarms[0]!)).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Threshold: 0,
      Dimensions: [
        { Name: 'QueueName', Value: { 'Fn::GetAtt': [synthesised.idOf(history.deadLetterQueue), 'QueueName'] } },
      ],
    });
  });

  it('raises an alarm where the import stays behind what is published', () => {
    const { synthesised, history, name } = synthesise();
    expect(history.alarms).toHaveLength(2);
    expect(synthesised.propertiesOf(history.alarms[1]!)).toMatchObject({
      MetricName: 'ApproximateAgeOfOldestMessage',
      Threshold: 300,
      Period: 60,
      EvaluationPeriods: 3,
      Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [name('Queue'), 'QueueName'] } }],
    });
  });
});

it('encrypts with a key of the user, and may write with it', () => {
  const stack = newStack({ region: 'eu-west-1' });
  const encryptionKey = new kms.Key(stack, 'Key');
  const catalog = new Service(stack, 'Catalog', { events: new DomainEvents(stack, 'Events') });
  const store = new CommitStore(catalog, 'Products');
  const { stream } = new CommandApi(catalog, 'Commands', { store, handler: newHandler(catalog), stream: 'product' });
  const history = new ArchivedHistory(catalog, 'Archived', { of: stream, archiveArn: ARCHIVE, encryptionKey });
  const synthesised = new Synthesised(stack);
  const keeper = history.node.findChild('Import').node.findChild('Function');
  const arn = `<${synthesised.idOf(encryptionKey)}.Arn>`;
  expect(synthesised.allowed(keeper)).toContain(`kms:Encrypt ${arn}`);
  expect(synthesised.allowed(stream.history)).not.toContain(`kms:Encrypt ${arn}`);
});
