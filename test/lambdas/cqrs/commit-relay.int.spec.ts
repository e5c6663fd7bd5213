import { fileURLToPath } from 'node:url';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib/core';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { beforeAll, describe, expect, it } from 'vitest';
import { commitRelay } from '../../../lambdas/cqrs/commit-relay.js';
import { parseEnvelope, type Envelope, type LogEntry } from '../../../lambdas/cqrs/index.js';
import { republish } from '../../../lambdas/cqrs/republish.js';
import { deployStack } from '../../support/cloud.js';
import { CommitRig } from './commit-rig.js';

type Entry = Readonly<Record<string, string>>;

/** A bus that keeps what it takes. `refuses` says which entries it does not, at which attempt. */
function bus(refuses: (detail: string, attempt: number) => boolean = () => false, entryLimit = 262_144) {
  const taken: Envelope[] = [];
  const requests: number[] = [];
  let attempt = 0;
  const client = {
    send: async (command: { input: { Entries?: Entry[] } }) => {
      attempt += 1;
      const { Entries = [] } = command.input;
      requests.push(Entries.length);
      return {
        $metadata: {},
        Entries: Entries.map(({ Detail = '' }) => {
          if (refuses(Detail, attempt)) return { ErrorCode: 'InternalFailure' };
          taken.push(parseEnvelope(Detail));
          return { EventId: 'taken' };
        }),
      };
    },
  };
  return {
    taken,
    requests,
    target: { client: client as Pick<EventBridgeClient, 'send'>, bus: 'b', service: 'catalog', entryLimit },
  };
}

/** Time that passes only where it is waited for. */
function clock(limit: number) {
  let time = 0;
  return {
    now: () => new Date(time),
    sleep: async (milliseconds: number) => void (time += milliseconds),
    remaining: () => limit - time,
    random: () => 0.5,
  };
}

let rig: CommitRig;
let log: LogEntry[];

beforeAll(async () => {
  rig = await CommitRig.start('relayed');
  for (let n = 0; n < 23; n += 1) await rig.send(`${n}/CreateProduct`, { price: n + 1 });
});

/** What the table's stream would bring: all items as they were inserted. */
async function batch(): Promise<DynamoDBStreamEvent> {
  log = [];
  const items = await rig.items();
  return {
    Records: items.map((item) => ({
      eventName: 'INSERT' as const,
      dynamodb: {
        NewImage: Object.fromEntries(
          Object.entries(item).map(([name, value]) => [
            name,
            typeof value === 'number' ? { N: String(value) } : { S: String(value) },
          ]),
        ),
      },
    })),
  };
}

const ids = (envelopes: readonly Envelope[]): string[] => envelopes.map(({ id }) => id).sort();
const all = Array.from({ length: 23 }, (_, n) => `product/${n}@1`).sort();

describe('the relay of a commit table', () => {
  it('publishes the commits of a batch, ten at a time, and no state', async () => {
    const { taken, requests, target } = bus();
    expect(await commitRelay(await batch(), { bus: target, ...clock(60_000) })).toEqual({ published: 23 });
    expect(ids(taken)).toEqual(all);
    expect(requests).toEqual([10, 10, 3]);
  });

  it('sends what the bus refused again, and that only', async () => {
    const { taken, requests, target } = bus((detail, attempt) => attempt <= 3 && detail.includes('"product/7"'));
    expect(await commitRelay(await batch(), { bus: target, ...clock(60_000) })).toEqual({ published: 23 });
    expect(ids(taken)).toEqual(all);
    expect(requests.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(23 + 3);
  });

  it('throws as a whole when time is up, so that the whole batch comes again', async () => {
    const refusing = bus((detail) => detail.includes('"product/7"'));
    const time = clock(60_000);
    await expect(commitRelay(await batch(), { bus: refusing.target, ...time })).rejects.toMatchObject({
      code: 'unpublished',
      count: 1,
    });
    expect(time.remaining()).toBeGreaterThanOrEqual(0);
    const again = bus();
    await commitRelay(await batch(), { bus: again.target, ...clock(60_000) });
    expect(ids(again.taken)).toEqual(all);
  });

  it('throws if the bus does not answer at all', async () => {
    const target = { ...bus().target, client: { send: () => Promise.reject(new Error('away')) } };
    await expect(commitRelay(await batch(), { bus: target, ...clock(60_000) })).rejects.toMatchObject({ count: 23 });
  });

  it('lets a commit over the limit of an entry travel without its events', async () => {
    const { taken, target } = bus(undefined, 400);
    const large = await CommitRig.start('large');
    await large.send('large/SetPrice', { price: 1, note: 'x'.repeat(1_000) });
    const [item] = await large.items();
    const image = { stream: item!['stream'], version: item!['version'], commit: item!['commit'] };
    const NewImage = Object.fromEntries(Object.entries(image).map(([name, value]) => [name, { S: String(value) }]));
    const event = { Records: [{ eventName: 'INSERT' as const, dynamodb: { NewImage } }] };
    await commitRelay(event, { bus: target, ...clock(60_000) });
    expect(taken).toMatchObject([{ id: 'product/large@1' }]);
    expect(taken[0]?.data).toBeUndefined();
  });

  it('passes over what can never be published, so that it does not hold up the others', async () => {
    const event = await batch();
    const broken = { stream: { S: 'product/x' }, version: { S: '0000000001' }, commit: { S: '{"no":"commit"}' } };
    event.Records.push({ eventName: 'INSERT', dynamodb: { NewImage: broken } });
    event.Records.push({ ...event.Records[0]!, eventName: 'MODIFY' }, { eventName: 'REMOVE', dynamodb: {} });
    const { taken, requests, target } = bus((detail) => detail.includes('no":"commit'));
    const time = clock(60_000);
    const deps = { bus: target, ...time, log: (entry: LogEntry) => log.push(entry) };
    expect(await commitRelay(event, deps)).toEqual({ published: 23 });
    expect(ids(taken)).toEqual(all);
    // It is asked about once, not again and again until the time is up.
    expect(requests).toEqual([10, 10, 4]);
    expect(time.remaining()).toBe(60_000);
    expect(log).toMatchObject([{ level: 'error', stream: 'product/x', error: 'invalid-envelope' }]);
  });
});

describe('republish', () => {
  const from = '2000-01-01T00:00:00Z';

  it('publishes the commits of a time and later again', async () => {
    const { taken, target } = bus();
    expect(await republish(rig.store, { from }, { bus: target, ...clock(60_000) })).toEqual({ published: 23 });
    expect(ids(taken)).toEqual(all);
    const later = { from: '2100-01-01T00:00:00Z' };
    expect(await republish(rig.store, later, { bus: target, ...clock(60_000) })).toEqual({ published: 0 });
  });

  it('goes on where time was up, with its cursor', async () => {
    const large = await CommitRig.start('pages');
    for (let n = 0; n < 8; n += 1) await large.send(`${n}/SetPrice`, { price: 1, note: 'x'.repeat(300_000) });
    const { taken, target } = bus();
    let runs = 0;
    let cursor: string | undefined;
    do {
      const report = await republish(large.store, { from, cursor }, { bus: target, ...clock(10_000) });
      expect(report.published).toBeGreaterThan(0);
      ({ cursor } = report);
      runs += 1;
    } while (cursor !== undefined);
    expect(runs).toBeGreaterThan(1);
    expect(ids(taken)).toEqual(Array.from({ length: 8 }, (_, n) => `product/${n}@1`));
  });

  it.each([{}, { from: 'yesterday' }, { from, cursor: 3 }, null])(
    'refuses what is no question: %j',
    async (request) => {
      const asked = republish(rig.store, request, { bus: bus().target, ...clock(60_000) });
      await expect(asked).rejects.toMatchObject({ code: 'invalid-republish-request' });
    },
  );
});

describe('the relay behind the stream of a table', () => {
  it('publishes each commit once it is stored, and nothing else', async () => {
    const { outputs } = await deployStack('relayed', (stack) => {
      const table = new dynamodb.TableV2(stack, 'Table', {
        partitionKey: { name: 'stream', type: dynamodb.AttributeType.STRING },
        sortKey: { name: 'version', type: dynamodb.AttributeType.STRING },
        dynamoStream: dynamodb.StreamViewType.NEW_IMAGE,
        removalPolicy: RemovalPolicy.DESTROY,
      });
      const target = new events.EventBus(stack, 'Bus');
      const queue = new sqs.Queue(stack, 'Queue');
      new events.Rule(stack, 'Rule', {
        eventBus: target,
        eventPattern: { detailType: ['product'] },
        targets: [new SqsQueue(queue)],
      });
      const relay = new lambda.Function(stack, 'Relay', {
        runtime: lambda.Runtime.NODEJS_22_X,
        handler: 'index.handler',
        code: lambda.Code.fromAsset(fileURLToPath(new URL('../../../dist/lambdas/commit-relay', import.meta.url))),
        timeout: Duration.seconds(30),
        environment: {
          DBPATTERNS_OUTBOX: stack.toJsonString({
            service: 'catalog',
            bus: target.eventBusName,
            entryLimit: 262_144,
            store: 'COMMITS',
          }),
        },
      });
      target.grantPutEventsTo(relay);
      relay.addEventSource(
        new DynamoEventSource(table, { startingPosition: lambda.StartingPosition.TRIM_HORIZON, batchSize: 100 }),
      );
      new CfnOutput(stack, 'TableName', { value: table.tableName });
      new CfnOutput(stack, 'QueueUrl', { value: queue.queueUrl });
    });
    const store = { table: outputs['TableName']!, client: rig.store.client };
    const handler = rig.container({ store });
    const names = Array.from({ length: 12 }, (_, n) => `streamed-${n}`);
    await Promise.all(names.map((id) => rig.send(`${id}/CreateProduct`, { price: 1 }, { handler })));
    await Promise.all(names.map((id) => rig.send(`${id}/ChangePrice`, { price: 2 }, { handler })));
    const key = { stream: 'state#prices', version: 'streamed-0' };
    await store.client.send(new PutCommand({ TableName: store.table, Item: { ...key, data: '3', revision: 9 } }));
    const change = { UpdateExpression: 'set #a = :a', ExpressionAttributeNames: { '#a': 'at' } };
    await store.client.send(
      new UpdateCommand({
        TableName: store.table,
        Key: { stream: 'product/streamed-0', version: '0000000001' },
        ...change,
        ExpressionAttributeValues: { ':a': 1 },
      }),
    );

    const client = new SQSClient();
    const received = new Set<string>();
    const started = performance.now();
    while (received.size < 24 && performance.now() - started < 20_000) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({ QueueUrl: outputs['QueueUrl'], MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
      );
      for (const { Body, ReceiptHandle } of Messages) {
        received.add(parseEnvelope((JSON.parse(Body!) as { detail: unknown }).detail).id);
        await client.send(new DeleteMessageCommand({ QueueUrl: outputs['QueueUrl'], ReceiptHandle }));
      }
    }
    expect([...received].sort()).toEqual(names.flatMap((id) => [`product/${id}@1`, `product/${id}@2`]).sort());
  });
});
