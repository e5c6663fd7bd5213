import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { versionKey } from '../../lambdas/cqrs/commit-keys.js';
import { commitRelay } from '../../lambdas/cqrs/commit-relay.js';
import { bounded } from '../../lambdas/cqrs/bounded.js';
import { REQUESTS_AT_ONCE, toEntry, type Bus } from '../../lambdas/cqrs/publish.js';
import { relay } from '../../lambdas/cqrs/relay.js';
import type { Effort, Measurement, Side } from '../support/measurement.js';
import { rate } from './rate.js';
import { filledOutbox, firstCommits, type Stored } from './filled-outbox.js';

/** The most entries of one request. */
const ENTRIES = 10;
/** The batch of a table's stream, as the construct sets it. */
const BATCH = 100;

const effort = {
  full: { rounds: 12, warmUp: 2, size: 2000 },
  quick: { rounds: 2, warmUp: 1, size: 500 },
} satisfies Record<string, Effort>;

const common = { unit: '1/s', better: 'high', effort } as const;
/** The loop by hand: as many requests at once as the kit sends, to which the goal refers, or one after the other. */
const loops = [
  {
    ending: '',
    atOnce: REQUESTS_AT_ONCE,
    words: `a loop of PutEvents with ${REQUESTS_AT_ONCE} requests at once`,
    goal: 0.9,
  },
  { ending: '-by-ones', atOnce: 1, words: 'a loop of PutEvents, one after the other' },
] as const;
const remaining = (): number => 60_000;
const silent = (): void => undefined;

/** Publishing what was left: claimed, sent and marked, against sending what lies in memory. */
export const postgresRelays = loops.map(({ ending, atOnce, words, ...goal }): Measurement => ({
  name: `relay-postgres${ending}`,
  what: `commits a second by the relay of a PostgreSQL outbox, against ${words} over the same entries`,
  ...common,
  ...goal,
  async prepare({ cloud, effort: { size }, say }) {
    const running = await cloud();
    say('filling an outbox');
    const { db, superuser, commits } = await filledOutbox(running, `bench_relay_${atOnce}`, size);
    const bus = await makeBus(`bench-relay-${atOnce}`);
    const sqs = new SQSClient();
    const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'bench-sweeps' }));
    const queue = { client: sqs, url, service: 'catalog' };
    return {
      kit: async () => {
        await superuser.query(
          "update dbpatterns.outbox set published_at = null, leased_until = now() - interval '1 s'",
        );
        const start = performance.now();
        const { published } = await relay({
          db,
          bus,
          queue,
          retentionDays: 7,
          historyDays: 730,
          store: 'PRODUCTS',
          remaining,
          log: silent,
        });
        if (published !== size) throw new Error(`the relay published ${published} of ${size}`);
        return [rate(size, start)];
      },
      bare: loop(bus, commits, atOnce),
      close: async () => {
        await superuser.end();
        sqs.destroy();
      },
    };
  },
}));

/** Publishing what a table's stream brings, against sending what lies in memory. */
export const dynamodbRelays = loops.map(({ ending, atOnce, words, ...goal }): Measurement => ({
  name: `relay-dynamodb${ending}`,
  what: `commits a second by the relay of a commit table's stream, against ${words} over the same entries`,
  ...common,
  ...goal,
  async prepare({ cloud, effort: { size } }) {
    await cloud();
    const bus = await makeBus(`bench-commit-relay-${atOnce}`);
    const commits = firstCommits(size);
    const batches = Array.from({ length: Math.ceil(size / BATCH) }, (_, n) =>
      streamEvent(commits.slice(n * BATCH, (n + 1) * BATCH)),
    );
    return {
      kit: async () => {
        const start = performance.now();
        for (const batch of batches) await commitRelay(batch, { bus, remaining, log: silent });
        return [rate(size, start)];
      },
      bare: loop(bus, commits, atOnce),
    };
  },
}));

function loop(bus: Bus, commits: readonly Stored[], atOnce: number): Side {
  const entries = commits.map((one) => toEntry(bus, one));
  const requests = Array.from({ length: Math.ceil(entries.length / ENTRIES) }, (_, n) =>
    entries.slice(n * ENTRIES, (n + 1) * ENTRIES),
  );
  return async () => {
    const start = performance.now();
    await bounded(requests, atOnce, (Entries) => bus.client.send(new PutEventsCommand({ Entries })));
    return [rate(entries.length, start)];
  };
}

function streamEvent(commits: readonly Stored[]): DynamoDBStreamEvent {
  return {
    Records: commits.map(({ stream, version, commit }) => ({
      eventName: 'INSERT',
      dynamodb: { NewImage: { stream: { S: stream }, version: { S: versionKey(version) }, commit: { S: commit } } },
    })),
  };
}

/** A bus with a subscriber: without one the emulator has nothing to do for an entry. */
async function makeBus(name: string): Promise<Bus> {
  const client = new EventBridgeClient();
  const sqs = new SQSClient();
  await client.send(new CreateEventBusCommand({ Name: name }));
  const EventPattern = JSON.stringify({ source: ['catalog'], 'detail-type': ['product'] });
  await client.send(new PutRuleCommand({ Name: name, EventBusName: name, EventPattern }));
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  const Targets = [{ Id: 'subscriber', Arn: Attributes?.QueueArn }];
  await client.send(new PutTargetsCommand({ Rule: name, EventBusName: name, Targets }));
  sqs.destroy();
  return { client, bus: name, service: 'catalog', entryLimit: 262_144 };
}
