import { World } from '../core/world.js';
import { clientsOf, type Services } from '../models/clients.js';
import { Container } from '../models/container.js';
import { DynamoDb } from '../models/dynamodb/service.js';
import { EventBus } from '../models/event-bridge.js';
import { Sqs } from '../models/sqs.js';
import { dynamodbContract } from './dynamodb.contract.js';
import { queueContract } from './queue.contract.js';

/** A world without faults whose time goes on by itself while somebody waits. */
function peaceful() {
  const world = new World({ seed: 1, faults: [] });
  const services: Services = {
    dynamodb: new DynamoDb(),
    sqs: new Sqs(world),
    bus: new EventBus(world, 'bus'),
    functions: new Map(),
  };
  const container = new Container(world, 'test');
  const clients = clientsOf(world, container, services);
  const driven = <C extends { send: (...args: never[]) => unknown }>(client: C): C => {
    const { send } = client;
    return Object.assign(client, {
      send: async (...args: never[]) => {
        const [answer] = await Promise.all([send(...args), world.timeline.live()]);
        return answer;
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
