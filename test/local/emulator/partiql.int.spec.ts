import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import {
  CreateTableCommand,
  DynamoDBClient,
  ExecuteStatementCommand,
  ExecuteTransactionCommand,
} from '@aws-sdk/client-dynamodb';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator, type Emulator } from '../../../local/emulator/emulator.js';
import { pythonEnvironment } from '../../../local/emulator/environment.js';
import { freePort } from '../../../local/processes/ports.js';
import { cloud } from '../../support/cloud.js';

const STATEMENTS = {
  insert: `INSERT INTO "commits" VALUE {'stream': 'sale/2', 'version': '1'}`,
  'update of a commit': `UPDATE "commits" SET "data" = 'x' WHERE "stream" = 'sale/1' AND "version" = '1'`,
  'update of state': `UPDATE "commits" SET "data" = 'x' WHERE "stream" = 'state#a' AND "version" = '1'`,
  delete: `DELETE FROM "commits" WHERE "stream" = 'sale/1' AND "version" = '1'`,
  select: `SELECT * FROM "commits" WHERE "stream" = 'sale/1' AND "version" = '1'`,
  'insert into another table': `INSERT INTO "other" VALUE {'stream': 'sale/2', 'version': '1'}`,
};

const TRANSACTIONS = {
  'insert and update of state': [
    `INSERT INTO "commits" VALUE {'stream': 'sale/3', 'version': '1'}`,
    `UPDATE "commits" SET "data" = 'x' WHERE "stream" = 'state#a' AND "version" = '1'`,
  ],
  'insert and update of a commit': [
    `INSERT INTO "commits" VALUE {'stream': 'sale/4', 'version': '1'}`,
    `UPDATE "commits" SET "data" = 'x' WHERE "stream" = 'sale/1' AND "version" = '1'`,
  ],
};

/** May insert everywhere in the table, and update state only. */
const POLICY = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: 'dynamodb:PartiQLInsert', Resource: 'arn:aws:dynamodb:*:*:table/commits' },
    {
      Effect: 'Allow',
      Action: 'dynamodb:PartiQLUpdate',
      Resource: 'arn:aws:dynamodb:*:*:table/commits',
      Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['state#*'] } },
    },
  ],
};

const emulators: Emulator[] = [];
let directory: string;
let mended: DynamoDBClient;
let bare: DynamoDBClient;

beforeAll(async () => {
  directory = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-partiql-'));
  const python = await pythonEnvironment(join((await cloud()).cacheDirectory, 'python'), () => undefined);
  [mended, bare] = await Promise.all([started(python, 'mended'), started(python, 'bare', [])]);
});

afterAll(async () => {
  await Promise.all(emulators.map((emulator) => emulator.process.stop()));
  fs.rmSync(directory, { recursive: true, force: true });
});

describe("the launcher's mend partiql_actions: with IAM enforced, PartiQL is checked by its verb, table and key", () => {
  it.each(['insert', 'update of state'] as const)('%s is granted', async (what) => {
    expect(await outcome(mended, STATEMENTS[what])).toBe('done');
    expect(
      await outcome(bare, STATEMENTS[what]),
      'MiniStack no longer has this gap: delete partiql_actions from local/emulator/launch.py, and this test',
    ).toBe('AccessDeniedException');
  });

  it.each(['update of a commit', 'delete', 'select', 'insert into another table'] as const)(
    '%s is not granted',
    async (what) => {
      expect(await outcome(mended, STATEMENTS[what])).toBe('AccessDeniedException');
    },
  );

  it('each statement of a transaction is checked', async () => {
    expect(await outcome(mended, ...TRANSACTIONS['insert and update of state'])).toBe('done');
    expect(await outcome(mended, ...TRANSACTIONS['insert and update of a commit'])).toBe('AccessDeniedException');
  });
});

/** What a statement, or several as one transaction, come to. */
async function outcome(client: DynamoDBClient, ...statements: string[]): Promise<string> {
  const [only, ...others] = statements;
  try {
    if (others.length === 0) await client.send(new ExecuteStatementCommand({ Statement: only }));
    else {
      const TransactStatements = statements.map((Statement) => ({ Statement }));
      await client.send(new ExecuteTransactionCommand({ TransactStatements }));
    }
    return 'done';
  } catch (error) {
    return error instanceof Error ? error.name : 'unknown';
  }
}

/** An emulator that enforces IAM, with a table and a user of it. */
async function started(python: string, name: string, mends?: readonly string[]): Promise<DynamoDBClient> {
  const emulator = await startEmulator({
    directory: fs.mkdtempSync(join(directory, name)),
    python,
    port: await freePort(),
    dataApiEndpoint: 'http://127.0.0.1:9',
    auth: true,
    persist: false,
    mends,
  });
  emulators.push(emulator);
  const { endpoint } = emulator;
  const root = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  const client = new DynamoDBClient(root);
  await client.send(
    new CreateTableCommand({
      TableName: 'commits',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'stream', KeyType: 'HASH' },
        { AttributeName: 'version', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'stream', AttributeType: 'S' },
        { AttributeName: 'version', AttributeType: 'S' },
      ],
    }),
  );
  for (const stream of ['sale/1', 'state#a']) {
    const Statement = `INSERT INTO "commits" VALUE {'stream': '${stream}', 'version': '1', 'data': 'd'}`;
    await client.send(new ExecuteStatementCommand({ Statement }));
  }
  return new DynamoDBClient({ ...root, credentials: await writer(new IAMClient(root)), maxAttempts: 1 });
}

async function writer(iam: IAMClient): Promise<{ accessKeyId: string; secretAccessKey: string }> {
  const user = { UserName: 'writer' };
  await iam.send(new CreateUserCommand(user));
  await iam.send(new PutUserPolicyCommand({ ...user, PolicyName: 'Write', PolicyDocument: JSON.stringify(POLICY) }));
  const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand(user));
  return { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' };
}
