import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { DeleteCommand, DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { CfnOutput, Duration, type Stack } from 'aws-cdk-lib/core';
import { build } from 'esbuild';
import { expect } from 'vitest';
import { cloud, deployStack, unique } from '../../support/cloud.js';
import { dynamodbContract } from './dynamodb.contract.js';
import { indexContract } from './index.contract.js';
import { queueContract } from './queue.contract.js';
import { sourcesContract } from './sources.contract.js';
import { transactionsContract } from './transactions.contract.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const sleep = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** A table with keys `id` and `at` and an index by `kind` and `rank`. */
async function table(): Promise<{ client: DynamoDBDocumentClient; table: string }> {
  await cloud();
  const TableName = unique('contract');
  const raw = new DynamoDBClient({});
  const hash = (AttributeName: string) => ({ AttributeName, KeyType: 'HASH' as const });
  const range = (AttributeName: string) => ({ AttributeName, KeyType: 'RANGE' as const });
  await raw.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [hash('id'), range('at')],
      AttributeDefinitions: [
        ...['id', 'at', 'kind'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
        { AttributeName: 'rank', AttributeType: 'N' },
      ],
      GlobalSecondaryIndexes: [
        { IndexName: 'by-kind', KeySchema: [hash('kind'), range('rank')], Projection: { ProjectionType: 'ALL' } },
      ],
    }),
  );
  const client = DynamoDBDocumentClient.from(raw, { marshallOptions: { removeUndefinedValues: true } });
  return { client, table: TableName };
}

dynamodbContract(table);
transactionsContract(table);
indexContract(async () => ({ ...(await table()), wait: sleep }));

queueContract(async () => {
  await cloud();
  const name = unique('contract');
  const client = new SQSClient({});
  const eventBridge = new EventBridgeClient({});
  const create = async (suffix: string, Attributes: Record<string, string>): Promise<string> =>
    (await client.send(new CreateQueueCommand({ QueueName: name + suffix, Attributes }))).QueueUrl!;
  const arnOf = async (QueueUrl: string): Promise<string> => {
    const answer = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    return answer.Attributes!['QueueArn']!;
  };
  const deadLetters = await create('-dead', {});
  const redrive = { deadLetterTargetArn: await arnOf(deadLetters), maxReceiveCount: 2 };
  const queue = await create('', { VisibilityTimeout: '2', RedrivePolicy: JSON.stringify(redrive) });
  await eventBridge.send(new CreateEventBusCommand({ Name: name }));
  const EventPattern = JSON.stringify({ source: ['shop'], 'detail-type': ['product'] });
  await eventBridge.send(new PutRuleCommand({ Name: name, EventBusName: name, EventPattern }));
  const Targets = [{ Id: 'queue', Arn: await arnOf(queue) }];
  await eventBridge.send(new PutTargetsCommand({ Rule: name, EventBusName: name, Targets }));
  return {
    ...{ sqs: client, eventBridge, bus: name, queue, deadLetters },
    wait: sleep,
  };
});

/** Two functions with the recorder's code: one is fed by a queue, one by the stream of a table. */
function fed(code: string) {
  return (stack: Stack): void => {
    const journal = new dynamodb.TableV2(stack, 'Journal', { partitionKey: text('id'), sortKey: text('at') });
    const items = new dynamodb.TableV2(stack, 'Items', {
      partitionKey: text('id'),
      dynamoStream: dynamodb.StreamViewType.NEW_IMAGE,
    });
    const deadLetters = new sqs.Queue(stack, 'DeadLetters');
    const queue = new sqs.Queue(stack, 'Queue', {
      visibilityTimeout: Duration.seconds(3),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: 3 },
    });
    const recorder = (id: string): lambda.Function => {
      const made = new lambda.Function(stack, id, {
        runtime: lambda.Runtime.NODEJS_22_X,
        code: lambda.Code.fromAsset(code),
        handler: 'index.handler',
        timeout: Duration.seconds(2),
        environment: { JOURNAL: journal.tableName },
      });
      journal.grantWriteData(made);
      return made;
    };
    recorder('ByQueue').addEventSource(new SqsEventSource(queue, { reportBatchItemFailures: true }));
    // As the relay of a commit table has it: neither partial failures nor bisect.
    const stream = { startingPosition: lambda.StartingPosition.TRIM_HORIZON };
    recorder('ByStream').addEventSource(new DynamoEventSource(items, stream));
    new CfnOutput(stack, 'JournalName', { value: journal.tableName });
    new CfnOutput(stack, 'ItemsName', { value: items.tableName });
    new CfnOutput(stack, 'QueueUrl', { value: queue.queueUrl });
    new CfnOutput(stack, 'DeadLettersUrl', { value: deadLetters.queueUrl });
  };
}

const text = (name: string) => ({ name, type: dynamodb.AttributeType.STRING });

sourcesContract(async () => {
  await cloud();
  const folder = mkdtempSync(join(tmpdir(), 'dbpatterns-recorder-'));
  await build({
    entryPoints: [`${HERE}recorder.function.ts`],
    outfile: join(folder, 'index.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    external: ['@aws-sdk/*', '@smithy/*'],
    logLevel: 'error',
  });
  const { outputs } = await deployStack('Sources', fed(folder));
  rmSync(folder, { recursive: true, force: true });
  const { JournalName, ItemsName, QueueUrl, DeadLettersUrl } = outputs;
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const queues = new SQSClient({});
  const dead: string[] = [];
  const isQuiet = async (): Promise<boolean> => {
    const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const { Attributes } = await queues.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
    );
    return AttributeNames.every((name) => Attributes?.[name] === '0');
  };
  const until = (isSo: () => Promise<boolean>): Promise<void> =>
    expect.poll(isSo, { timeout: 40_000, interval: 100 }).toBe(true);
  return {
    send: async (...bodies) => {
      const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
      await queues.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    },
    put: async (item) => void (await client.send(new PutCommand({ TableName: ItemsName, Item: item }))),
    remove: async (id) => void (await client.send(new DeleteCommand({ TableName: ItemsName, Key: { id } }))),
    invocations: async () => {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: JournalName,
          KeyConditionExpression: 'id = :id',
          ExpressionAttributeValues: { ':id': 'journal' },
          ConsistentRead: true,
        }),
      );
      return Items.map(({ given }) => ({ given: given as string[] }));
    },
    deadLetters: async () => {
      const { Messages = [] } = await queues.send(
        new ReceiveMessageCommand({ QueueUrl: DeadLettersUrl, MaxNumberOfMessages: 10 }),
      );
      dead.push(...Messages.map(({ Body }) => Body!));
      return dead;
    },
    until,
    rest: async () => {
      await until(isQuiet);
      await sleep(0.5);
    },
  };
});
