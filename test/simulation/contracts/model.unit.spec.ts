import { expect } from 'vitest';
import { FAULTS, type Rates } from '../core/faults.js';
import { World, type WorldOptions } from '../core/world.js';
import { clientsOf, type Services } from '../models/clients.js';
import { Container } from '../models/container.js';
import { slowly } from '../models/dynamodb/propagation.js';
import { DynamoDb } from '../models/dynamodb/service.js';
import { EventBus } from '../models/event-bridge.js';
import { LambdaFunction, type Handler } from '../models/lambda.js';
import { QueueSource } from '../models/sources.js';
import { Sqs } from '../models/sqs.js';
import { TableStream } from '../models/table-stream.js';
import { dynamodbContract } from './dynamodb.contract.js';
import { indexContract } from './index.contract.js';
import { queueContract } from './queue.contract.js';
import { recorder, type Invocation } from './recorder.js';
import { sourcesContract } from './sources.contract.js';
import { transactionsContract } from './transactions.contract.js';

/** A world whose time goes on by itself while somebody waits; without faults, unless they are given. */
function peaceful(options: Partial<WorldOptions> = { faults: [] }) {
  const world = new World({ seed: 1, ...options });
  const services: Services = {
    dynamodb: new DynamoDb(),
    sqs: new Sqs(world),
    bus: new EventBus(world, 'bus'),
    functions: new Map(),
  };
  const container = new Container(world, 'test');
  const clients = clientsOf(world, container, services);
  /** Time goes on until all is at rest, or only to the answer. */
  const driven = <C extends { send: (...args: never[]) => unknown }>(client: C, isToRest = true): C => {
    const { send } = client;
    return Object.assign(client, {
      send: async (...args: never[]) => {
        let isAnswered = false;
        const answer = Promise.resolve(send(...args)).finally(() => (isAnswered = true));
        const [value] = await Promise.all([answer, world.timeline.live(() => isAnswered && !isToRest)]);
        return value;
      },
    });
  };
  return { world, services, clients, driven };
}

dynamodbContract(async () => {
  const { services, clients, driven } = peaceful();
  const index = { name: 'by-kind', partitionKey: 'kind', sortKey: 'rank' };
  services.dynamodb.create({ name: 'table', partitionKey: 'id', sortKey: 'at', indexes: [index] });
  return { client: driven(clients.dynamodb), table: 'table' };
});

queueContract(async () => {
  const { world, services, clients, driven } = peaceful();
  const dead = services.sqs.create('dead');
  const queue = services.sqs.create('queue', { visibility: 2, redrive: { queue: dead, maxReceives: 2 } });
  services.bus.rule({ source: 'shop', detailType: 'product', queue });
  return {
    sqs: driven(clients.sqs),
    eventBridge: driven(clients.eventBridge(1)),
    bus: 'bus',
    queue: queue.url,
    deadLetters: dead.url,
    wait: async (seconds) => {
      world.timeline.after(seconds * 1000, () => undefined);
      await world.timeline.live();
    },
  };
});

const KEYS = { partitionKey: 'id', sortKey: 'at' };

/** Nothing goes wrong but this. */
function only(fault: (typeof FAULTS)[number], rate: number): { rates: Rates } {
  const none = Object.fromEntries(FAULTS.map((one) => [one, 0] as const)) as Rates;
  return { rates: { ...none, [fault]: rate } };
}

transactionsContract(async () => {
  const { services, clients, driven } = peaceful(only('conflict', 0.5));
  services.dynamodb.create({ name: 'table', ...KEYS });
  return { client: driven(clients.dynamodb), table: 'table' };
});

indexContract(async () => {
  const { world, services, clients, driven } = peaceful();
  const index = { name: 'by-kind', partitionKey: 'kind', sortKey: 'rank' };
  services.dynamodb.create({ name: 'table', ...KEYS, indexes: [index] }, slowly(world));
  return {
    // The index may be behind the answer.
    client: driven(clients.dynamodb, false),
    table: 'table',
    wait: async (seconds) => {
      world.timeline.after(seconds * 1000, () => undefined);
      await world.timeline.live();
    },
  };
});

sourcesContract(async () => {
  const { world, services } = peaceful();
  const invocations: Invocation[] = [];
  const asked = new Set<string>();
  const journal = {
    note: async (invocation: Invocation) => void invocations.push(invocation),
    isFirst: async (what: string) => asked.size < asked.add(what).size,
  };
  const target = (name: string) =>
    new LambdaFunction(world, {
      name,
      timeout: 2,
      // The handler's own types of events are narrower than what Lambda passes.
      start: (container) =>
        recorder(journal, () => {
          container.end('its process ended');
          return new Promise<never>(() => undefined);
        }) as Handler,
    });
  const deadLetters = services.sqs.create('dead');
  const queue = services.sqs.create('queue', { visibility: 3, redrive: { queue: deadLetters, maxReceives: 3 } });
  new QueueSource(world, { queue, function: target('by-queue'), partial: true });
  const table = services.dynamodb.create({ name: 'table', partitionKey: 'id' });
  new TableStream(world, { table, function: target('by-stream') });
  const rest = (): Promise<void> => world.timeline.live();
  return {
    send: async (...bodies) => bodies.forEach((body) => queue.send(body)),
    put: async (item) => table.write({ id: item.id }, { ...item }),
    remove: async (id) => table.write({ id }, undefined),
    invocations: async () => invocations,
    deadLetters: async () => deadLetters.messages.map(({ body }) => body),
    until: async (isSo) => {
      await rest();
      expect(await isSo()).toBe(true);
    },
    rest,
  };
});
