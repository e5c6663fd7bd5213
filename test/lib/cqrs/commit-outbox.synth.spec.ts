import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { Duration } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import { CommandApi, CommitStore, type IWriteModel } from '../../../lib/index.js';
import { newSales, newShop } from '../support/shop.js';
import { findingsOf, newHandler, rendered, Synthesised } from '../support/synthesis.js';

function synthesise() {
  const shop = newShop();
  const sales = newSales(shop);
  return { ...shop, ...sales, synthesised: new Synthesised(shop.stack) };
}

describe('an outbox of commits', () => {
  it('is one for all command APIs of a store', () => {
    const shop = newShop();
    const { sales, invoices, outbox } = newSales(shop);
    const handler = newHandler(sales, 'Customers');
    expect(new CommandApi(sales, 'More', { store: invoices, handler, stream: 'customer' }).outbox).toBe(outbox);
  });

  it('has the stream of the table bring commits to the relay, and nothing but commits', () => {
    const { synthesised, invoices, outbox } = synthesise();
    const { Properties = {} } = synthesised.only('AWS::Lambda::EventSourceMapping');
    expect(rendered(Properties['EventSourceArn'])).toBe(`<${synthesised.idOf(invoices.table)}.StreamArn>`);
    expect(rendered(Properties['FunctionName'])).toBe(`<${synthesised.idOf(outbox.relay)}>`);
    const { Filters } = Properties['FilterCriteria'] as { Filters: { Pattern: string }[] };
    expect(Filters.map(({ Pattern }) => JSON.parse(Pattern) as unknown)).toEqual([
      { eventName: ['INSERT'], dynamodb: { NewImage: { commit: { S: [{ exists: true }] } } } },
    ]);
  });

  it('passes over no commit: from the first on, tried without end, in whole batches', () => {
    const { Properties = {} } = synthesise().synthesised.only('AWS::Lambda::EventSourceMapping');
    expect(Properties).toMatchObject({ StartingPosition: 'TRIM_HORIZON', BatchSize: 100 });
    const lossy = [
      'FunctionResponseTypes',
      'BisectBatchOnFunctionError',
      'MaximumRetryAttempts',
      'MaximumRecordAgeInSeconds',
    ];
    expect(Object.keys(Properties).filter((name) => lossy.includes(name))).toEqual([]);
  });

  it('has no queue: a commit is its own reminder', () => {
    synthesise().synthesised.template.resourceCountIs('AWS::SQS::Queue', 0);
  });

  it.each(['relay', 'history', 'republish'] as const)('tells its %s function what it needs to know', (name) => {
    const { synthesised, outbox, events, invoices } = synthesise();
    expect(synthesised.variable(outbox[name], 'DBPATTERNS_OUTBOX')).toEqual({
      service: 'sales',
      bus: `<${synthesised.idOf(events.eventBus)}>`,
      entryLimit: 262_144,
      store: 'INVOICES',
    });
    expect(synthesised.variable(outbox[name], 'DBPATTERNS_STORE_INVOICES')).toEqual({
      kind: 'commits',
      table: `<${synthesised.idOf(invoices.table)}>`,
    });
  });

  it('lets each function do its part and nothing else', () => {
    const { synthesised, outbox, events, invoices } = synthesise();
    const table = synthesised.idOf(invoices.table);
    const publish = `events:PutEvents <${synthesised.idOf(events.eventBus)}.Arn>`;
    const allowed = (fn: typeof outbox.relay) => synthesised.allowed(fn).filter((line) => !line.startsWith('logs:'));
    expect(allowed(outbox.relay)).toEqual([
      ...['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'].map(
        (action) => `dynamodb:${action} <${table}.StreamArn>`,
      ),
      publish,
    ]);
    expect(allowed(outbox.history)).toEqual(
      ['DescribeTable', 'Query', 'Scan'].map((action) => `dynamodb:${action} <${table}.Arn>`),
    );
    expect(allowed(outbox.republish)).toEqual([`dynamodb:Scan <${table}.Arn>`, publish]);
  });

  it('publishes as its own service only', () => {
    const policies = Object.values(synthesise().synthesised.template.findResources('AWS::IAM::Policy'));
    const publishing = policies
      .flatMap(({ Properties }) => (Properties as { PolicyDocument: { Statement: object[] } }).PolicyDocument.Statement)
      .filter((statement) => JSON.stringify(statement).includes('events:PutEvents'));
    const own = expect.objectContaining({ Condition: { 'ForAllValues:StringEquals': { 'events:source': 'sales' } } });
    expect(publishing).toEqual([own, own]);
  });

  it('tells its handler what it needs to know, and lets it write and nothing else', () => {
    const { synthesised, handler, invoices } = synthesise();
    const table = `<${synthesised.idOf(invoices.table)}.Arn>`;
    expect(synthesised.variable(handler, 'DBPATTERNS_COMMANDS')).toEqual({
      service: 'sales',
      stream: 'sale',
      functionTimeout: 3,
      bodyLimit: 262_144,
      retentionDays: 7,
      tokenValidity: 86_400,
      store: 'INVOICES',
    });
    expect(synthesised.allowed(handler)).toEqual(
      ['GetItem', 'PartiQLInsert', 'PartiQLUpdate', 'Query'].map((action) => `dynamodb:${action} ${table}`),
    );
  });

  it('can be told by tools from all other functions', () => {
    const { synthesised, outbox } = synthesise();
    expect(synthesised.resource(synthesised.idOf(outbox.republish)).Metadata).toMatchObject({
      'cdk-database-patterns': { kind: 'commits', service: 'sales', store: 'Invoices' },
    });
  });

  it('raises an alarm when its relay fails, and long before the stream forgets', () => {
    const { synthesised, outbox } = synthesise();
    const [errors, age] = outbox.alarms.map((alarm) => synthesised.propertiesOf(alarm));
    const dimension = { Dimensions: [{ Name: 'FunctionName', Value: { Ref: synthesised.idOf(outbox.relay) } }] };
    expect(errors).toMatchObject({ MetricName: 'Errors', Threshold: 0, ...dimension });
    expect(age).toMatchObject({
      MetricName: 'IteratorAge',
      Namespace: 'AWS/Lambda',
      Statistic: 'Maximum',
      Threshold: 3_600_000,
      ...dimension,
    });
    expect(age?.['AlarmDescription']).toContain('invoke the republish function');
  });

  it('has no use for a retention of history: its commits are the data', () => {
    const shop = newShop();
    const { sales, invoices } = newSales(shop);
    new CommandApi(sales, 'More', {
      store: invoices,
      handler: newHandler(sales),
      stream: 'customer',
      historyRetention: Duration.days(365),
    });
    expect(findingsOf(shop.stack)).toContain(
      '[Shop/Sales/More] historyRetention is given, and the store is a CommitStore',
    );
  });

  it('takes a handler that may work for long, since no sweep waits for it', () => {
    const shop = newShop();
    const { sales, invoices } = newSales(shop);
    const handler = newHandler(sales, 'Slow', Duration.seconds(900));
    new CommandApi(sales, 'More', { store: invoices, handler, stream: 'customer' });
    expect(findingsOf(shop.stack)).toBe('');
  });

  it('leaves the report of a missing stream to its store', () => {
    const shop = newShop();
    const { sales } = newSales(shop);
    const tableArn = 'arn:aws:dynamodb:eu-west-1:123456789012:table/orders';
    const table = dynamodb.TableV2.fromTableArn(sales, 'Existing', tableArn);
    const store = CommitStore.fromTable(sales, 'Orders', { table });
    new CommandApi(sales, 'More', { store, handler: newHandler(sales), stream: 'order' });
    expect(findingsOf(shop.stack)).toContain('[Shop/Sales/Orders] the table Shop/Sales/Existing has no stream');
  });

  it('asks for a store whose kind it knows', () => {
    const shop = newShop();
    const { sales } = newSales(shop);
    const store: IWriteModel = new CommitStore(sales, 'Other');
    Object.defineProperty(store, 'writeModel', { value: 'ledger' });
    const props = { store, handler: newHandler(sales), stream: 'order' };
    expect(() => new CommandApi(sales, 'More', props)).toThrow('its write model is "ledger"; allowed');
  });
});
