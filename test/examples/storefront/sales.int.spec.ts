import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readSales } from '../../../examples/storefront/demo/write-model.js';
import { sale } from '../../../examples/storefront/domain/sale.js';
import { definitions } from '../../../examples/storefront/services/sales/commands.js';
import { dynamodbCommands, type CommandsHandler } from '../../../lambdas/cqrs/index.js';
import { cloud, unique } from '../../support/cloud.js';

const table = unique('invoices');
const line = (product: string, units: number) => ({ product, units, price: 255 });

let handler: CommandsHandler;
/** What the client has sent to DynamoDB. */
let requests: string[] = [];
let customers = 0;
let numbers = 536_000;
let customer: string;

beforeAll(async () => {
  await cloud();
  const plain = new DynamoDBClient({});
  await plain.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['stream', 'version'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'stream', KeyType: 'HASH' },
        { AttributeName: 'version', KeyType: 'RANGE' },
      ],
    }),
  );
  const client = DynamoDBDocumentClient.from(plain);
  client.middlewareStack.add(
    (next, context) => (args) => {
      requests.push(context.commandName?.replace(/Command$/, '') ?? '');
      return next(args);
    },
    { step: 'initialize' },
  );
  const settings = {
    service: 'sales',
    stream: 'sale',
    store: 'INVOICES',
    functionTimeout: 29,
    bodyLimit: 262_144,
    retentionDays: 7,
    tokenValidity: 86_400,
  };
  const environment = { DBPATTERNS_COMMANDS: JSON.stringify(settings) };
  handler = dynamodbCommands(sale, definitions, { environment, store: { table, client } });
});

beforeEach(() => {
  requests = [];
  customer = String((customers += 1));
});

async function send(id: string, name: string, data: unknown) {
  const { statusCode, body } = await handler({
    path: `/sale/${id}/${name}`,
    body: JSON.stringify(data),
    isBase64Encoded: false,
    headers: { 'Idempotency-Key': unique('key') },
  });
  return { status: statusCode, body: JSON.parse(body) as unknown };
}

/** Sells to the customer. Returns the invoice's number. */
async function sell(soldAt: string, ...lines: ReturnType<typeof line>[]): Promise<string> {
  const number = String((numbers += 1));
  expect(await send(number, 'RegisterSale', { customer, country: 'France', soldAt, lines })).toMatchObject({
    status: 200,
  });
  return number;
}

/** Takes back from the customer. Returns the cancellation's number. */
async function takeBack(returnedAt: string, ...lines: ReturnType<typeof line>[]): Promise<string> {
  const number = `C${(numbers += 1)}`;
  expect(await send(number, 'RegisterReturn', { customer, country: 'France', returnedAt, lines })).toMatchObject({
    status: 200,
  });
  return number;
}

/** What the cancellations match: return, line, sale, line, units. */
async function matchesOf(...returns: string[]) {
  return (await readSales(table)).matches.filter(([number]) => returns.includes(number));
}

async function left(number: string): Promise<number[] | undefined> {
  return (await readSales(table)).lots[number];
}

describe('a sale', () => {
  it('to nobody in particular is one request, and leaves nothing but its commit', async () => {
    const data = { customer: null, country: 'France', soldAt: '2010-12-01T08:26:00', lines: [line('85123A', 6)] };
    expect(await send('500001', 'RegisterSale', data)).toMatchObject({ status: 200, body: { version: 1 } });

    expect(requests).toEqual(['ExecuteStatement']);
    expect(await left('500001')).toBeUndefined();
  });

  it('to a customer is one request, and leaves what may come back', async () => {
    const number = await sell('2010-12-01T08:26:00', line('85123A', 6), line('71053', 2));

    expect(requests).toEqual(['ExecuteTransaction']);
    expect(await left(number)).toEqual([6, 2]);
  });

  it('is refused under a number that is taken, and changes nothing', async () => {
    const number = await sell('2010-12-01T08:26:00', line('85123A', 6));
    const again = { customer, country: 'France', soldAt: '2010-12-01T09:00:00', lines: [line('85123A', 9)] };
    const before = await readSales(table);

    expect(await send(number, 'RegisterSale', again)).toMatchObject({ status: 409 });
    expect(await readSales(table)).toEqual(before);
  });
});

describe('a return', () => {
  it('goes back to the latest of the sales before it', async () => {
    const first = await sell('2010-12-01T08:26:00', line('85123A', 6));
    const second = await sell('2010-12-02T08:26:00', line('85123A', 2));
    const later = await sell('2010-12-04T08:26:00', line('85123A', 9));
    requests = [];
    const number = await takeBack('2010-12-03T08:26:00', line('85123A', 3));

    expect(requests).toEqual(['Query', 'ExecuteTransaction']);
    expect(await matchesOf(number)).toEqual([
      [number, 1, first, 1, 1],
      [number, 1, second, 1, 2],
    ]);
    expect([await left(first), await left(second), await left(later)]).toEqual([[5], [0], [9]]);
  });

  it('of another customer finds nothing', async () => {
    await sell('2010-12-01T08:26:00', line('85123A', 6));
    customer = 'somebody else';
    const before = (await readSales(table)).unmatchedUnits;
    const number = await takeBack('2010-12-03T08:26:00', line('85123A', 3));

    expect(await matchesOf(number)).toEqual([]);
    expect((await readSales(table)).unmatchedUnits).toBe(before + 3);
  });

  it('never matches what another one at the same time has', async () => {
    const number = await sell('2010-12-01T08:26:00', line('85123A', 5), line('71053', 1));
    const returns = await Promise.all(
      Array.from({ length: 8 }, () => takeBack('2010-12-03T08:26:00', line('85123A', 1))),
    );

    const matches = await matchesOf(...returns);
    expect(matches.map(([, , sale, line, units]) => [sale, line, units])).toEqual(
      Array.from({ length: 5 }, () => [number, 1, 1]),
    );
    expect(await left(number)).toEqual([0, 1]);
  });
});
