import { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { CommitStore, StoreAccess, type CommitStoreProps } from '../../../lib/index.js';
import { findingsOf, newHandler, newStack, Synthesised } from '../support/synthesis.js';

const TABLE = 'AWS::DynamoDB::GlobalTable';
const tableArn = 'arn:aws:dynamodb:eu-west-1:123456789012:table/invoices';
const tableStreamArn = `${tableArn}/stream/2026-01-01T00:00:00.000`;

function existingTable(scope: Construct) {
  // #region existing
  const table = TableV2.fromTableAttributes(scope, 'Commits', { tableArn, tableStreamArn });
  const store = CommitStore.fromTable(scope, 'Invoices', { table });
  // #endregion
  return { store, table };
}

function synthesise(props?: CommitStoreProps) {
  const stack = newStack();
  const store = new CommitStore(stack, 'Invoices', props);
  return { stack, store, handler: newHandler(stack) };
}

function statementsOf(synthesised: Synthesised): Record<string, unknown>[] {
  return Object.values(synthesised.template.findResources('AWS::IAM::Policy')).flatMap(
    ({ Properties }) => (Properties as { PolicyDocument: { Statement: [] } }).PolicyDocument.Statement,
  );
}

describe('a store of commits', () => {
  it('has a key for each commit, and a stream that brings what was inserted', () => {
    expect(new Synthesised(synthesise().stack).only(TABLE).Properties).toMatchObject({
      KeySchema: [
        { AttributeName: 'stream', KeyType: 'HASH' },
        { AttributeName: 'version', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'stream', AttributeType: 'S' },
        { AttributeName: 'version', AttributeType: 'S' },
      ],
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
      BillingMode: 'PAY_PER_REQUEST',
    });
  });

  it.each([
    [undefined, 'Retain', true],
    [{ development: true }, 'Delete', false],
  ])('protects its data unless told otherwise: %o', (props, policy, on) => {
    const table = new Synthesised(synthesise(props).stack).only(TABLE);
    expect(table.DeletionPolicy).toBe(policy);
    expect(table.Properties).toMatchObject({
      Replicas: [
        { DeletionProtectionEnabled: on, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: on } },
      ],
    });
  });

  it('tells a function which table it is', () => {
    const { stack, store, handler } = synthesise();
    store.wire(handler, StoreAccess._COMMANDS);
    const synthesised = new Synthesised(stack);
    expect(synthesised.variable(handler, 'DBPATTERNS_STORE_INVOICES')).toEqual({
      kind: 'commits',
      table: `<${synthesised.only(TABLE).id}>`,
    });
  });

  it.each([
    [StoreAccess.READ, ['GetItem', 'Query', 'Scan']],
    [StoreAccess._COMMANDS, ['GetItem', 'PartiQLInsert', 'PartiQLUpdate', 'Query']],
    [StoreAccess._RELAY, []],
    [StoreAccess._HISTORY, ['DescribeTable', 'Query', 'Scan']],
    [StoreAccess._REPUBLISH, ['Scan']],
  ])('gives each need what it takes and no more: $name', (access, actions) => {
    const { stack, store, handler } = synthesise();
    store.wire(handler, access);
    const synthesised = new Synthesised(stack);
    const arn = `<${synthesised.only(TABLE).id}.Arn>`;
    expect(synthesised.allowed(handler)).toEqual(actions.map((action) => `dynamodb:${action} ${arn}`));
  });

  it('lets commands change items of state only, never a commit', () => {
    const { stack, store, handler } = synthesise();
    store.wire(handler, StoreAccess._COMMANDS);
    const changing = statementsOf(new Synthesised(stack)).filter((statement) =>
      JSON.stringify(statement['Action']).includes('Update'),
    );
    expect(changing).toEqual([
      expect.objectContaining({
        Action: 'dynamodb:PartiQLUpdate',
        Condition: {
          'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['state#*'] },
          Null: { 'dynamodb:LeadingKeys': 'false' },
        },
      }),
    ]);
  });

  it('is not for general writing', () => {
    const { stack, store, handler } = synthesise();
    store.wire(handler, StoreAccess.READ_WRITE);
    expect(findingsOf(stack)).toContain(
      '[Shop/Invoices] a store of commits cannot be used as "writer"; allowed: StoreAccess.READ',
    );
  });

  it('lets those who read use its key for reading, and those who write for both', () => {
    const stack = newStack({ region: 'eu-west-1' });
    const encryptionKey = new kms.Key(stack, 'Key');
    const store = new CommitStore(stack, 'Invoices', { encryptionKey });
    const [reader, writer] = [newHandler(stack, 'Reader'), newHandler(stack, 'Writer')];
    store.grantRead(reader);
    store.wire(writer, StoreAccess._COMMANDS);
    const synthesised = new Synthesised(stack);
    const uses = (handler: typeof reader) => synthesised.allowed(handler).filter((line) => line.startsWith('kms:'));
    expect(uses(reader).map((line) => line.split(' ')[0])).toEqual(['kms:Decrypt']);
    expect(uses(writer).map((line) => line.split(' ')[0])).toContain('kms:Encrypt');
  });

  it('can be a table that exists already', () => {
    const stack = newStack();
    const { store, table } = existingTable(stack);
    const handler = newHandler(stack);
    store.wire(handler, StoreAccess._HISTORY);
    const synthesised = new Synthesised(stack);
    synthesised.template.resourceCountIs(TABLE, 0);
    expect(synthesised.variable(handler, 'DBPATTERNS_STORE_INVOICES')).toEqual({ kind: 'commits', table: 'invoices' });
    expect(synthesised.allowed(handler)).toContain(`dynamodb:Query ${table.tableArn}`);
  });

  it('asks for the stream of a table that exists already', () => {
    const stack = newStack();
    CommitStore.fromTable(stack, 'Invoices', { table: TableV2.fromTableArn(stack, 'Existing', tableArn) });
    expect(findingsOf(stack)).toContain('[Shop/Invoices] the table Shop/Existing has no stream that is known here');
  });

  it('measures what its statements use', () => {
    const { stack, store } = synthesise();
    const names = [store.metricConsumedReadCapacityUnits(), store.metricConsumedWriteCapacityUnits()].map(
      ({ metricName }) => metricName,
    );
    expect(names).toEqual(['ConsumedReadCapacityUnits', 'ConsumedWriteCapacityUnits']);
    const { usingMetrics = {} } = stack.resolve(store.metricThrottledRequests()) as { usingMetrics?: object };
    expect(Object.keys(usingMetrics)).toContain('executestatement');
  });
});
