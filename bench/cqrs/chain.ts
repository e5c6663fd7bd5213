import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Effort, Measurement, Side } from '../support/measurement.js';
import { deployedChains, type Chains } from './chain-stack.js';
import { created, envelope } from './deliveries.js';
import { documents } from './tables.js';

/** Between two looks at the view, in milliseconds. */
const LOOK = 2;
/** A view that has not got there by then will not, in milliseconds. */
const LOST = 20_000;

const effort = {
  full: { rounds: 20, warmUp: 2, size: 15 },
  quick: { rounds: 3, warmUp: 1, size: 4 },
} satisfies Record<string, Effort>;

const BARE = 'the bare chain (PutEvents → rule → SQS → Lambda → write)';

/** How the kit's side begins: what makes the entity, which the view shows at the end. */
type Begin = (chains: Chains, id: string) => Promise<unknown>;

function chain(
  name: string,
  what: string,
  tableOf: (chains: Chains) => string,
  begin: Begin,
  goal?: number,
): Measurement {
  return {
    ...{ name, what, unit: 'ms', better: 'low', effort },
    ...(goal === undefined ? {} : { goal }),
    async prepare({ cloud, effort: { size }, say }) {
      const running = await cloud();
      say('deploying');
      const chains = await deployedChains(running);
      const client = documents();
      return {
        kit: oneByOne(size, client, tableOf(chains), (id) => begin(chains, id)),
        bare: oneByOne(size, client, chains.bare.table, (id) => publish(chains.bare.bus, id)),
        close: async () => client.destroy(),
      };
    },
  };
}

export const commandToView = chain(
  'command-to-view',
  `from the HTTP request of a command (PostgreSQL) to its view, against ${BARE}`,
  ({ postgres }) => postgres.table,
  ({ postgres }, id) => send(postgres.url, id),
  1.3,
);

export const commitCommandToView = chain(
  'commit-to-view',
  `from the HTTP request of a command (DynamoDB) to its view, against ${BARE}`,
  ({ dynamodb }) => dynamodb.table,
  ({ dynamodb }, id) => send(dynamodb.url, id),
  1.3,
);

export const busToView = chain(
  'bus-to-view',
  `from PutEvents to the view, the kit's projection against ${BARE}`,
  ({ postgres }) => postgres.table,
  ({ postgres }, id) => publish(postgres.bus, id),
);

function oneByOne(
  count: number,
  client: DynamoDBDocumentClient,
  table: string,
  begin: (id: string) => Promise<unknown>,
): Side {
  return async () => {
    const samples: number[] = [];
    for (let n = 0; n < count; n += 1) {
      const id = randomUUID();
      const start = performance.now();
      const begun = begin(id);
      await shown(client, table, id, start + LOST);
      samples.push(performance.now() - start);
      await begun;
    }
    return samples;
  };
}

async function shown(client: DynamoDBDocumentClient, TableName: string, id: string, end: number): Promise<void> {
  const get = new GetCommand({ TableName, Key: { id }, ConsistentRead: true });
  while ((await client.send(get)).Item === undefined) {
    if (performance.now() > end) throw new Error(`${TableName} does not show what was written ${LOST} ms ago`);
    await sleep(LOOK);
  }
}

const eventBridge = (() => {
  let client: EventBridgeClient | undefined;
  return () => (client ??= new EventBridgeClient());
})();

function publish(EventBusName: string, id: string): Promise<unknown> {
  const entry = { EventBusName, Source: 'catalog', DetailType: 'product', Detail: envelope(id, 1, created(255)) };
  return eventBridge().send(new PutEventsCommand({ Entries: [entry] }));
}

/** Sends the command that makes a product, and waits for its answer. */
export async function send(url: string, id: string): Promise<void> {
  const answer = await fetch(`${url}product/${id}/CreateProduct`, {
    method: 'POST',
    // The emulator asks for a signature and, without IAM enforced, takes any.
    headers: { 'content-type': 'application/json', 'idempotency-key': id, authorization: 'AWS4-HMAC-SHA256 bench' },
    body: JSON.stringify(created(255).data),
  });
  if (!answer.ok) throw new Error(`a command was answered with ${answer.status}: ${await answer.text()}`);
  await answer.arrayBuffer();
}
