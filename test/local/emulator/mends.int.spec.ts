import * as fs from 'node:fs';
import http from 'node:http';
import * as os from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
import {
  CreateTableCommand,
  DynamoDBClient,
  ExecuteStatementCommand,
  ExecuteTransactionCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateArchiveCommand,
  CreateEventBusCommand,
  DescribeReplayCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  StartReplayCommand,
} from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator, type Emulator, type EmulatorOptions } from '../../../local/emulator/emulator.js';
import { pythonEnvironment } from '../../../local/emulator/environment.js';
import { gone, identify } from '../../../local/processes/identity.js';
import { freePort } from '../../../local/processes/ports.js';
import { cloud, unique } from '../../support/cloud.js';

/** Each mend of launch.py is probed in the cloud, and in an emulator without mends to see whether the gap is there. */
let mended: Probe;
let bare: Probe;
let emulator: Emulator;
let directory: string;
/** How an emulator is started that keeps its state. */
let restarted: Omit<EmulatorOptions, 'port'>;

beforeAll(async () => {
  const running = await cloud();
  directory = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-bare-'));
  const python = await pythonEnvironment(join(running.cacheDirectory, 'python'), () => undefined);
  const options = { directory, python, dataApiEndpoint: running.dataApiEndpoint, auth: false, persist: false };
  emulator = await startEmulator({ ...options, port: await freePort(), mends: [] });
  [mended, bare] = await Promise.all([probe(running.endpoint), probe(emulator.endpoint)]);
  restarted = { directory, python, dataApiEndpoint: running.dataApiEndpoint, auth: false, persist: true };
});

afterAll(async () => {
  await emulator.process.stop();
  fs.rmSync(directory, { recursive: true, force: true });
});

describe("the launcher's mend", () => {
  it('partiql_records: what PartiQL writes is in the stream of its table, and what a transaction undid is not', () => {
    expect(mended.records).toEqual(['INSERT 1', 'MODIFY 1', 'INSERT 2', 'REMOVE 1']);
    expect(bare.records, noLonger('partiql_records')).toEqual([]);
  });

  it('error_names: an error of a handler keeps its name', () => {
    expect(mended.errorType).toBe('RangeError');
    expect(bare.errorType, noLonger('error_names')).not.toBe('RangeError');
  });

  it('error_names: a worker lives on after an error of its handler', () => {
    expect(mended.survivesError).toBe(true);
    expect(bare.survivesError, noLonger('error_names')).toBe(false);
  });

  it('dead_workers: a call whose worker is killed ends as it does on AWS', () => {
    expect(mended.deathType).toBe('Runtime.ExitError');
    expect(bare.deathType, noLonger('dead_workers')).not.toBe('Runtime.ExitError');
  });

  it('warm_calls: a warm call does not wait for output', () => {
    expect(mended.hasWarmCallWithoutWait).toBe(true);
    expect(bare.hasWarmCallWithoutWait, noLonger('warm_calls')).toBe(false);
  });

  it('deleted_functions: the workers of a deleted stack end', () => {
    expect(mended.workerOutlivesStack).toBe(false);
    expect(bare.workerOutlivesStack, noLonger('deleted_functions')).toBe(true);
  });

  it('secret_refs: a reference to a secret is its ARN', () => {
    expect(mended.secretRef).toMatch(/^arn:aws:secretsmanager:/);
    expect(bare.secretRef, noLonger('secret_refs')).not.toMatch(/^arn:/);
  });

  it('replay_rules: what an archive plays comes to the rules that were named', () => {
    expect(mended.replayed).toEqual(['named']);
    expect(bare.replayed, noLonger('replay_rules')).toEqual(['named', 'other']);
  });

  it('named_hosts: who calls by another name, or from a page of elsewhere, is refused', () => {
    expect(mended.answers).toEqual([200, 200, 403, 403, 403, 403]);
    expect(bare.answers, noLonger('named_hosts')).toEqual([200, 200, 200, 200, 200, 200]);
  });

  it("kept_streams: what a table's stream held before a restart is there after it", async () => {
    expect(await changesAfterRestart(undefined)).toBe(2);
    expect(await changesAfterRestart([]), noLonger('kept_streams')).toBeLessThan(2);
  });
});

/** How many changes a table's stream has, of one before a restart and one after it. */
async function changesAfterRestart(mends: readonly string[] | undefined): Promise<number> {
  const options = { ...restarted, directory: join(directory, mends === undefined ? 'mended' : 'bare'), mends };
  fs.mkdirSync(options.directory);
  const TableName = unique('Kept');
  const key = { AttributeName: 'id', KeyType: 'HASH', AttributeType: 'S' };
  const schema = { AttributeDefinitions: [key], KeySchema: [key], BillingMode: 'PAY_PER_REQUEST' };
  const first = await startEmulator({ ...options, port: await freePort() });
  const stream = { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' };
  await asked(first, 'DynamoDB_20120810.CreateTable', { TableName, ...schema, StreamSpecification: stream });
  await asked(first, 'DynamoDB_20120810.PutItem', { TableName, Item: { id: { S: 'before' } } });
  await first.process.stop();
  const second = await startEmulator({ ...options, port: await freePort() });
  await asked(second, 'DynamoDB_20120810.PutItem', { TableName, Item: { id: { S: 'after' } } });
  const { Streams = [] } = await asked(second, 'DynamoDBStreams_20120810.ListStreams', { TableName });
  const { StreamArn } = Streams[0] ?? {};
  const described = await asked(second, 'DynamoDBStreams_20120810.DescribeStream', { StreamArn });
  const ShardId = described.StreamDescription?.Shards[0]?.ShardId;
  const from = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' };
  const { ShardIterator } = await asked(second, 'DynamoDBStreams_20120810.GetShardIterator', from);
  const { Records = [] } = await asked(second, 'DynamoDBStreams_20120810.GetRecords', { ShardIterator });
  await second.process.stop();
  return Records.length;
}

interface StreamsAnswer {
  readonly Streams?: readonly { readonly StreamArn: string }[];
  readonly StreamDescription?: { readonly Shards: readonly { readonly ShardId: string }[] };
  readonly ShardIterator?: string;
  readonly Records?: readonly unknown[];
}

async function asked({ endpoint }: Emulator, target: string, body: unknown): Promise<StreamsAnswer> {
  const headers = { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.0', authorization: '' };
  const answer = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(answer.status, target).toBe(200);
  return (await answer.json()) as StreamsAnswer;
}

interface Probe {
  readonly errorType: string;
  readonly survivesError: boolean;
  readonly deathType: string;
  readonly hasWarmCallWithoutWait: boolean;
  readonly workerOutlivesStack: boolean;
  readonly secretRef: string | undefined;
  readonly records: readonly string[];
  readonly replayed: readonly string[];
  readonly answers: readonly (number | undefined)[];
}

function noLonger(mend: string): string {
  return `MiniStack no longer has this gap: delete ${mend} from local/emulator/launch.py, and this test`;
}

async function probe(endpoint: string): Promise<Probe> {
  const client = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  const cloudformation = new CloudFormationClient(client);
  const lambda = new LambdaClient(client);
  const invoke = async (payload: object) => {
    const answer = await lambda.send(new InvokeCommand({ FunctionName: StackName, Payload: JSON.stringify(payload) }));
    return JSON.parse(Buffer.from(answer.Payload ?? []).toString()) as { pid?: number; errorType?: string };
  };
  const StackName = unique('Mends');
  await cloudformation.send(
    new CreateStackCommand({ StackName, TemplateBody: template(StackName), Capabilities: ['CAPABILITY_IAM'] }),
  );
  const wait = { client: cloudformation, maxWaitTime: 30, minDelay: 1, maxDelay: 1 };
  const created = await waitUntilStackCreateComplete(wait, { StackName });

  const { pid = 0 } = await invoke({});
  const hasWarmCallWithoutWait = await anyFasterThan(STDERR_WAIT, () => invoke({}));
  const { errorType = '' } = await invoke({ fail: true });
  const { pid: survivor = 0 } = await invoke({});
  const { errorType: deathType = '' } = await invoke({ die: true });
  const { pid: later = 0 } = await invoke({});
  const worker = identify(later);
  await cloudformation.send(new DeleteStackCommand({ StackName }));
  await waitUntilStackDeleteComplete(wait, { StackName });
  return {
    errorType,
    survivesError: pid === survivor,
    deathType,
    hasWarmCallWithoutWait,
    workerOutlivesStack: worker === undefined || !(await gone([worker], 2000)),
    secretRef: created.final?.Stacks?.[0]?.Outputs?.[0]?.OutputValue,
    records: await partiqlRecords(endpoint, new DynamoDBClient(client)),
    replayed: await replayedTo(new EventBridgeClient(client), new SQSClient(client)),
    answers: await Promise.all(CALLERS.map((headers) => status(endpoint, headers))),
  };
}

/** For how long the emulator waits for output after each warm call; in milliseconds. */
const STDERR_WAIT = 50;

/** Whether one of many calls takes less than a time: a busy machine slows some, a wait that is there slows each. */
async function anyFasterThan(milliseconds: number, call: () => Promise<unknown>): Promise<boolean> {
  for (let calls = 0; calls < 100; calls++) {
    const start = performance.now();
    await call();
    if (performance.now() - start < milliseconds) return true;
  }
  return false;
}

/** Names that somebody gives to this machine, and pages that a browser says it is on; the first two are at home. */
const CALLERS = [
  {},
  { host: 'localhost:4566', origin: 'http://localhost:3000' },
  { host: 'evil.example' },
  { host: '127.0.0.1.evil.example:4566' },
  { host: 'localhost.evil.example' },
  { origin: 'https://evil.example' },
];

/** Not by fetch, which says for itself what it is called. */
function status(endpoint: string, headers: http.OutgoingHttpHeaders): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    http
      .get(`${endpoint}/_ministack/health`, { headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
      .once('error', reject);
  });
}

/** Which of two rules get an event a second time, when its archive plays it to one of them. */
async function replayedTo(events: EventBridgeClient, sqs: SQSClient): Promise<string[]> {
  const bus = unique('Mends');
  const { EventBusArn } = await events.send(new CreateEventBusCommand({ Name: bus }));
  const { ArchiveArn } = await events.send(new CreateArchiveCommand({ ArchiveName: bus, EventSourceArn: EventBusArn }));
  const rules = await Promise.all(
    ['named', 'other'].map(async (name) => {
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `${bus}-${name}` }));
      const wanted = { QueueUrl, AttributeNames: ['QueueArn' as const] };
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand(wanted));
      const rule = { Name: `${bus}-${name}`, EventBusName: bus, EventPattern: '{"source":["shop"]}' };
      const { RuleArn = '' } = await events.send(new PutRuleCommand(rule));
      const Targets = [{ Id: 'queue', Arn: Attributes?.['QueueArn'] }];
      await events.send(new PutTargetsCommand({ Rule: rule.Name, EventBusName: bus, Targets }));
      return { name, QueueUrl, RuleArn };
    }),
  );
  const entry = { EventBusName: bus, Source: 'shop', DetailType: 'sale', Detail: '{}' };
  await events.send(new PutEventsCommand({ Entries: [entry] }));
  const replay = { ReplayName: bus, EventSourceArn: ArchiveArn, EventStartTime: new Date(0), EventEndTime: new Date() };
  const Destination = { Arn: EventBusArn, FilterArns: [rules[0]!.RuleArn] };
  await events.send(new StartReplayCommand({ ...replay, Destination }));
  let state: string | undefined;
  while (state !== 'COMPLETED') ({ State: state } = await events.send(new DescribeReplayCommand({ ReplayName: bus })));
  const counts = await Promise.all(
    rules.map(async ({ name, QueueUrl }) => {
      const AttributeNames = ['ApproximateNumberOfMessages' as const];
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
      return { name, count: Number(Attributes?.['ApproximateNumberOfMessages']) };
    }),
  );
  return counts.filter(({ count }) => count > 1).map(({ name }) => name);
}

/** What a table's stream says after statements and transactions of PartiQL, one of which fails. */
async function partiqlRecords(endpoint: string, client: DynamoDBClient): Promise<string[]> {
  const TableName = unique('Mends');
  const { TableDescription } = await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    }),
  );
  const insert = (id: string) => `INSERT INTO "${TableName}" VALUE {'id': '${id}'}`;
  const update = `UPDATE "${TableName}" SET "data" = 'x' WHERE "id" = '1'`;
  const together = (...statements: string[]) =>
    new ExecuteTransactionCommand({ TransactStatements: statements.map((Statement) => ({ Statement })) });
  await client.send(new ExecuteStatementCommand({ Statement: insert('1') }));
  await client.send(together(update, insert('2')));
  await client.send(together(insert('3'), insert('1'))).catch(() => undefined);
  await client.send(new ExecuteStatementCommand({ Statement: `DELETE FROM "${TableName}" WHERE "id" = '1'` }));

  const ask = async (action: string, body: object) => {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDBStreams_20120810.${action}`,
      authorization: 'AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/dynamodb/aws4_request',
    };
    const answer = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(body) });
    return (await answer.json()) as {
      StreamDescription?: { Shards: { ShardId: string }[] };
      ShardIterator?: string;
      Records?: { eventName: string; dynamodb: { Keys: { id: { S: string } } } }[];
    };
  };
  const StreamArn = TableDescription?.LatestStreamArn;
  const { StreamDescription } = await ask('DescribeStream', { StreamArn });
  const ShardId = StreamDescription?.Shards[0]?.ShardId;
  const { ShardIterator } = await ask('GetShardIterator', { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' });
  const { Records = [] } = await ask('GetRecords', { ShardIterator });
  return Records.map(({ eventName, dynamodb }) => `${eventName} ${dynamodb.Keys.id.S}`);
}

function template(name: string): string {
  const code = `exports.handler = async (event) => {
    if (event.fail) throw new RangeError('out of range');
    if (event.die) process.kill(process.pid, 'SIGKILL');
    return { pid: process.pid };
  };`;
  return JSON.stringify({
    Resources: {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: { AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [] } },
      },
      Function: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          FunctionName: name,
          Runtime: 'nodejs22.x',
          Handler: 'index.handler',
          Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
          Code: { ZipFile: code },
        },
      },
      Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { GenerateSecretString: {} } },
    },
    Outputs: { Secret: { Value: { Ref: 'Secret' } } },
  });
}
