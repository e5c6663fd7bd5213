import { beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../../examples/storefront/demo/client.js';
import { cloud, unique } from '../../support/cloud.js';
import { expectViews } from './expect-views.js';
import { Shop } from './shop.js';

const lantern = { description: 'WHITE METAL LANTERN', price: 339, since: '2010-12-01' };
const line = { product: '71053', units: 6, price: 339 };
const basket = [line, { product: '85123A', units: 2, price: 255 }];
const invoice = { customer: '17850', country: 'United Kingdom', soldAt: '2010-12-01T08:26:00', lines: basket };

let shop: Shop;

beforeAll(async () => {
  shop = await Shop.open(await cloud());
  expect(await shop.send('product', '71053', 'CreateProduct', lantern)).toMatchObject({ status: 200 });
});

/** What the databases hold. */
async function written(): Promise<unknown> {
  const counts = `(select count(*) from dbpatterns.outbox) as commits, (select count(*) from dbpatterns.command) as commands`;
  return [
    await shop.catalog.query(
      `select (select count(*) from product) as products, (select count(*) from price) as prices, ${counts}`,
    ),
    await shop.sales(),
  ];
}

/** Sends something bad and makes sure that it left nothing behind. */
async function refused(bad: () => Promise<Answer>): Promise<Answer> {
  const before = await written();
  const answer = await bad();
  expect(await written()).toEqual(before);
  return answer;
}

function problem(answer: Answer): Record<string, unknown> {
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const body = answer.body as Record<string, unknown>;
  expect(body['status']).toBe(answer.status);
  expect(body['type']).toMatch(/^urn:dbpatterns:problem:[a-z-]+$/);
  return body;
}

describe('a command with fields at fault', () => {
  it('is answered with all of them, each with its place', async () => {
    const answer = await refused(() =>
      shop.send('product', '22464', 'CreateProduct', {
        description: ' ',
        price: -1,
        since: 'yesterday',
        colour: 'red',
      }),
    );

    expect(answer.status).toBe(400);
    const { errors } = problem(answer) as { errors: { pointer: string; detail: string }[] };
    expect(errors.map(({ pointer }) => pointer).toSorted()).toEqual(['/colour', '/description', '/price', '/since']);
    expect(errors.every(({ detail }) => detail.length > 0)).toBe(true);
  });

  it('is told which lines of an invoice are at fault', async () => {
    const lines = [line, { ...line, units: 0 }, { ...line, product: 'POST' }];
    const answer = await refused(() => shop.send('sale', '536365', 'RegisterSale', { ...invoice, lines }));

    expect(answer.status).toBe(400);
    const { errors } = problem(answer) as { errors: { pointer: string }[] };
    expect(errors.map(({ pointer }) => pointer).toSorted()).toEqual(['/lines/1/units', '/lines/2/product']);
  });

  it.each([
    ['product', 'lantern', 'CreateProduct', lantern],
    ['sale', 'C536365', 'RegisterSale', invoice],
  ] as const)('is refused for an id of another kind: %s/%s', async (stream, id, name, data) => {
    const answer = await refused(() => shop.send(stream, id, name, data));

    expect(answer.status).toBe(400);
    expect(problem(answer)).toMatchObject({ type: 'urn:dbpatterns:problem:invalid' });
  });

  it('is refused if it is not JSON', async () => {
    const answer = await refused(() => shop.send('product', '22464', 'CreateProduct', '{ "price": '));

    expect(answer.status).toBe(400);
    expect(problem(answer)).toMatchObject({ type: 'urn:dbpatterns:problem:not-json' });
  });
});

describe('a command', () => {
  it('is refused without an id of its own', async () => {
    const answer = await refused(() => shop.send('product', '22464', 'CreateProduct', lantern, { key: '' }));

    expect(answer.status).toBe(400);
    problem(answer);
  });

  it('is refused if the product is unknown', async () => {
    const answer = await refused(() => shop.send('product', '22464', 'ChangePrice', { price: 1, since: '2010-12-02' }));

    expect(answer.status).toBe(404);
    expect(problem(answer)).toMatchObject({ type: 'urn:dbpatterns:problem:not-found' });
  });

  it('is refused if there is none of that name', async () => {
    const answer = await refused(() => shop.send('product', '71053', 'PaintRed', {}));

    expect(answer.status).toBe(404);
    problem(answer);
  });

  it('is refused if the product has another version than the caller has seen', async () => {
    const answer = await refused(() =>
      shop.send(
        'product',
        '71053',
        'ChangePrice',
        { price: 1, since: '2010-12-02' },
        { headers: { 'if-match': '"7"' } },
      ),
    );

    expect(answer.status).toBe(409);
    expect(problem(answer)).toMatchObject({ expected: 7, actual: 1 });
  });

  it('is refused if the product has to be new and is not', async () => {
    const answer = await refused(() =>
      shop.send('product', '71053', 'CreateProduct', lantern, { headers: { 'if-match': '"0"' } }),
    );

    expect(answer.status).toBe(409);
    expect(problem(answer)).toMatchObject({ expected: 0, actual: 1 });
  });

  it.each([
    ['a sale', '536401', 'RegisterSale', invoice],
    [
      'a return',
      'C536402',
      'RegisterReturn',
      { customer: null, country: 'France', returnedAt: invoice.soldAt, lines: [line] },
    ],
  ] as const)('is refused if %s of that number is registered already', async (_, id, name, data) => {
    expect((await shop.send('sale', id, name, data)).status).toBe(200);
    const answer = await refused(() => shop.send('sale', id, name, data));

    expect(answer.status).toBe(409);
    expect(problem(answer)).toMatchObject({ type: 'urn:dbpatterns:problem:registered' });
  });

  it('is refused if it breaks a rule of the database', async () => {
    const answer = await refused(() => shop.send('product', '71053', 'CreateProduct', lantern));

    expect(answer.status).toBe(409);
    expect(problem(answer)).toMatchObject({ type: 'urn:dbpatterns:problem:constraint-violated' });
  });

  it('is refused if its body is too large', async () => {
    const answer = await refused(() =>
      shop.send('product', '22464', 'CreateProduct', { ...lantern, description: 'x'.repeat(300_000) }),
    );

    expect(answer.status).toBe(413);
    problem(answer);
  });

  it('is refused if its id was used for another one', async () => {
    const key = unique('used');
    expect((await shop.send('product', '21324', 'CreateProduct', lantern, { key })).status).toBe(200);
    const answer = await refused(() => shop.send('product', '22464', 'CreateProduct', lantern, { key }));

    expect(answer.status).toBe(422);
    problem(answer);
  });

  it('is refused if nobody signed it', async (context) => {
    context.skip((await cloud()).target !== 'embedded', 'LocalStack lets everybody call an API');
    const answer = await refused(() => shop.send('product', '22464', 'CreateProduct', lantern, { unsigned: true }));

    expect(answer.status).toBe(403);
  });

  it('is refused if somebody signed it whom nobody knows', async (context) => {
    context.skip(!(await cloud()).auth, 'the emulator checks signatures with IAM enforced only');
    const headers = {
      authorization: 'AWS4-HMAC-SHA256 Credential=AKIAXXXXXXXXXXXXXXXX/20101201/us-east-1/execute-api',
    };
    const answer = await refused(() =>
      shop.send('product', '22464', 'CreateProduct', lantern, { unsigned: true, headers }),
    );

    expect(answer.status).toBe(403);
  });
});

describe('a read', () => {
  it('is refused with a token that is none', async () => {
    const answer = await shop.read('browse', 'products/71053', 'a token');

    expect(answer.status).toBe(400);
    expect(problem(answer)).toMatchObject({ type: 'urn:dbpatterns:problem:token-malformed' });
  });

  it('is answered with 404 where there is no such product', async () => {
    const answer = await shop.read('browse', 'products/99999');

    expect(answer.status).toBe(404);
    problem(answer);
  });

  it.each(['categories/lanterns?limit=many', 'categories/lanterns?cursor=none', 'categories/lanterns?from=a'])(
    'is refused where its page makes no sense: %s',
    async (path) => {
      const answer = await shop.read('browse', path);

      expect(answer.status).toBe(400);
      problem(answer);
    },
  );

  it.each(['limit=0', 'limit=101', 'limit=many'])('of what is bought together is refused with %s', async (query) => {
    const answer = await shop.read('baskets', `products/71053/bought-with?${query}`);

    expect(answer.status).toBe(400);
    expect(problem(answer)).toMatchObject({ type: 'urn:dbpatterns:problem:invalid-limit' });
  });
});

describe('a read right after a sale', () => {
  it('has it in the total of the day and in what is bought together, with the token of its answer', async () => {
    const data = { ...invoice, country: 'Norway', soldAt: '2010-12-02T08:26:00' };
    const sold = await shop.send('sale', '536499', 'RegisterSale', data);
    const token = sold.headers.get('x-consistency-token') ?? '';

    const [total, together, baskets] = [
      await shop.read('insights', 'days/2010-12-02/Norway', token),
      await shop.read('baskets', 'products/85123A/bought-with', token),
      await shop.read('baskets', 'baskets', token),
    ];
    expect(total).toMatchObject({ status: 200, body: { sales: 1, units: 8 } });
    const { baskets: count, skipped, boughtTogether } = shop.ledger.baskets();
    const times = boughtTogether['85123A']?.['71053'];
    expect(together).toMatchObject({ status: 200, body: { items: [{ product: '71053', baskets: times }] } });
    expect(baskets).toMatchObject({ status: 200, body: { baskets: count, skipped } });
  });
});

describe('a bundle, which insights knows and the catalog prices,', () => {
  const [night, light] = ['20001', '20002'];
  const product = (description: string, price: number) => ({ description, price, since: '2010-12-01' });

  it('costs what the catalog says at this moment, without a token of it', async () => {
    await shop.send('product', night, 'CreateProduct', product('NIGHT LIGHT', 300));
    await shop.send('product', light, 'CreateProduct', product('FAIRY LIGHTS', 450));
    const lines = [night, light].map((code) => ({ product: code, units: 1, price: 300 }));
    const sold = await shop.send('sale', '536500', 'RegisterSale', { ...invoice, lines });
    const token = sold.headers.get('x-consistency-token') ?? '';

    expect(await shop.read('baskets', `products/${night}/bundle`, token)).toMatchObject({
      status: 200,
      body: {
        items: [
          { product: night, description: 'NIGHT LIGHT', price: 300 },
          { product: light, description: 'FAIRY LIGHTS', price: 450 },
        ],
        price: 750,
      },
    });

    await shop.send('product', light, 'ChangePrice', { price: 500, since: '2010-12-02' });
    expect(await shop.read('baskets', `products/${night}/bundle`)).toMatchObject({ status: 200, body: { price: 800 } });
  });

  it('is refused for a product that the catalog does not have', async () => {
    const answer = await shop.read('baskets', 'products/20003/bundle');

    expect(answer.status).toBe(404);
    expect(problem(answer)).toMatchObject({ detail: expect.stringContaining('product 20003') });
  });

  it('is refused for what is no code of a product', async () => {
    const answer = await shop.read('baskets', 'products/lantern/bundle');

    expect(answer.status).toBe(400);
    expect(problem(answer)).toMatchObject({ type: 'urn:dbpatterns:problem:invalid' });
  });
});

it('leaves in the views what was acknowledged, and nothing of what was refused', async () => {
  await expectViews(shop);
});
