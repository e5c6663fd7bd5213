import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { CfnOutput, Duration } from 'aws-cdk-lib/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { CommandApi, CommitStore, DomainEvents, Service } from '../../../lib/index.js';
import { deployStack } from '../../support/cloud.js';

/** Sends whatever it is asked to, with the rights of a command handler, and answers with the error's name. */
const FUNCTION = `
const { DynamoDBClient, ...commands } = require('@aws-sdk/client-dynamodb');
const client = new DynamoDBClient();
exports.handler = async ({ command, input }) => {
  const { table } = JSON.parse(process.env.DBPATTERNS_STORE_INVOICES);
  const named = JSON.parse(JSON.stringify(input).replaceAll('TABLE', table));
  try {
    await client.send(new commands[command](named));
    return 'done';
  } catch (error) {
    return error.name;
  }
};`;

const commit = { stream: { S: 'sale/1' }, version: { S: '0000000001' } };
const state = { stream: { S: 'state#12346' }, version: { S: '2010-12-01' } };
const insert = `INSERT INTO "TABLE" VALUE {'stream': ?, 'version': ?, 'data': ?}`;
const update = `UPDATE "TABLE" SET data = ? WHERE stream = ? AND version = ?`;

describe('the rights of a command handler over commits', () => {
  let handler: string;

  beforeAll(async () => {
    const { outputs } = await deployStack('Rights', (stack) => {
      const sales = new Service(stack, 'Sales', { events: new DomainEvents(stack, 'Events') });
      const store = new CommitStore(sales, 'Invoices', { development: true });
      const role = new iam.Role(sales, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
      const fn = new lambda.Function(sales, 'Commands', {
        runtime: lambda.Runtime.NODEJS_22_X,
        handler: 'index.handler',
        code: lambda.Code.fromInline(FUNCTION),
        timeout: Duration.seconds(20),
        role,
      });
      new CommandApi(sales, 'Api', { store, handler: fn, stream: 'sale' });
      new CfnOutput(stack, 'Handler', { value: fn.functionName });
    });
    handler = outputs['Handler']!;
    expect(await ask('ExecuteStatementCommand', statement(insert, commit.stream, commit.version, { S: 'a' }))).toBe(
      'done',
    );
    expect(await ask('ExecuteStatementCommand', statement(insert, state.stream, state.version, { S: 'a' }))).toBe(
      'done',
    );
  });

  async function ask(command: string, input: object): Promise<unknown> {
    const Payload = JSON.stringify({ command, input });
    const answer = await new LambdaClient().send(new InvokeCommand({ FunctionName: handler, Payload }));
    return JSON.parse(Buffer.from(answer.Payload ?? []).toString());
  }

  function statement(Statement: string, ...Parameters: object[]) {
    return { Statement, Parameters };
  }

  it('let it insert a commit once', async () => {
    const again = statement(insert, commit.stream, commit.version, { S: 'b' });
    expect(await ask('ExecuteStatementCommand', again)).toBe('DuplicateItemException');
  });

  it('let it read commits', async () => {
    expect(await ask('GetItemCommand', { TableName: 'TABLE', Key: commit })).toBe('done');
  });

  it('let it change state, alone and in a transaction with a commit', async () => {
    const changed = statement(update, { S: 'b' }, state.stream, state.version);
    const inserted = statement(insert, commit.stream, { S: '0000000002' }, { S: 'b' });
    expect(await ask('ExecuteStatementCommand', changed)).toBe('done');
    expect(await ask('ExecuteTransactionCommand', { TransactStatements: [inserted, changed] })).toBe('done');
  });

  it.each([
    ['update one', 'ExecuteStatementCommand', statement(update, { S: 'b' }, commit.stream, commit.version)],
    [
      'update one among others',
      'ExecuteTransactionCommand',
      {
        TransactStatements: [
          statement(update, { S: 'b' }, state.stream, state.version),
          statement(update, { S: 'b' }, commit.stream, commit.version),
        ],
      },
    ],
    ['put one over it', 'PutItemCommand', { TableName: 'TABLE', Item: { ...commit, data: { S: 'b' } } }],
    [
      'update it otherwise',
      'UpdateItemCommand',
      {
        TableName: 'TABLE',
        Key: commit,
        UpdateExpression: 'SET #data = :data',
        ExpressionAttributeNames: { '#data': 'data' },
        ExpressionAttributeValues: { ':data': { S: 'b' } },
      },
    ],
    ['delete one', 'DeleteItemCommand', { TableName: 'TABLE', Key: commit }],
    [
      'delete one by a statement',
      'ExecuteStatementCommand',
      statement(`DELETE FROM "TABLE" WHERE stream = ? AND version = ?`, commit.stream, commit.version),
    ],
    ['scan them all', 'ScanCommand', { TableName: 'TABLE' }],
  ])('do not let it %s', async (_, command, input) => {
    expect(await ask(command, input)).toBe('AccessDeniedException');
  });
});
