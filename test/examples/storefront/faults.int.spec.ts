import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cloud, unique } from '../../support/cloud.js';
import { expectViews } from './expect-views.js';
import { Shop } from './shop.js';

let shop: Shop;
let numbers = 10_000;
/** Products that are parked on purpose. */
const parked: string[] = [];

/** A code, or an invoice's number, that no other test uses. */
const newCode = (): string => String((numbers += 1));
const newInvoice = (): string => `5${newCode()}`;

const lantern = { description: 'WHITE METAL LANTERN', price: 339, since: '2010-12-01' };
const priced = (price: number) => ({ price, since: '2010-12-02' });
const sale = {
  customer: null,
  country: 'Norway',
  soldAt: '2010-12-01T08:26:00',
  lines: [{ product: '71053', units: 6, price: 339 }],
};

beforeAll(async () => {
  shop = await Shop.open(await cloud());
});

// Whatever was done to it: every acknowledged command is in the views once, and none that was refused.
afterEach(async () => {
  await expectViews(shop, parked);
});

/** Creates a product and gives it further prices; its versions are 1, 2, 3 … */
async function product(code: string, ...prices: number[]): Promise<void> {
  expect(await shop.send('product', code, 'CreateProduct', lantern)).toMatchObject({ status: 200 });
  for (const price of prices) {
    expect(await shop.send('product', code, 'ChangePrice', priced(price))).toMatchObject({ status: 200 });
  }
}

describe('a command that is repeated', () => {
  it('gets the first answer and changes nothing', async () => {
    const [code, key] = [newCode(), unique('repeated')];
    const first = await shop.send('product', code, 'CreateProduct', lantern, { key });
    await shop.send('product', code, 'ChangePrice', priced(100));
    const again = await shop.send('product', code, 'CreateProduct', lantern, { key });

    expect(again).toMatchObject({ status: 200, body: { stream: `product/${code}`, version: 1 } });
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.headers.get('etag')).toBe(first.headers.get('etag'));
  });

  it('at the same time is done once', async () => {
    const [number, key] = [newInvoice(), unique('same-time')];
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => shop.send('sale', number, 'RegisterSale', sale, { key })),
    );

    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    expect(answers.map(({ body }) => (body as { version: number }).version)).toEqual(
      Array.from({ length: 8 }, () => 1),
    );
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
  });

  it('at the same time with other content is refused', async () => {
    const key = unique('same-time');
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => shop.send('product', newCode(), 'CreateProduct', lantern, { key })),
    );

    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 422, 422, 422]);
  });
});

describe('commands for one product at the same time', () => {
  it('are all done, one after the other', async () => {
    const code = newCode();
    await product(code);
    const prices = [101, 102, 103, 104, 105, 106];
    const answers = await Promise.all(
      prices.map(async (price) => {
        const key = unique('price');
        const answer = await shop.send('product', code, 'ChangePrice', priced(price), { key });
        return { ...answer, price };
      }),
    );

    const versions = answers.map(({ body }) => (body as { version: number }).version);
    expect(versions.toSorted((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7]);
    const last = answers[versions.indexOf(7)]!;
    shop.ledger.isNow(code, priced(last.price));
    expect((await shop.read('browse', `products/${code}`, tokenOf(last))).body).toMatchObject({ price: last.price });
  });

  it('that have seen the same version are done once', async () => {
    const code = newCode();
    await product(code);
    const headers = { 'if-match': '"1"' };
    const answers = await Promise.all(
      [201, 202, 203].map((price) => shop.send('product', code, 'ChangePrice', priced(price), { headers })),
    );

    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409]);
  });
});

describe('events', () => {
  it('that come three times and out of order are applied once', async () => {
    const code = newCode();
    await shop.withheld('BrowseProducts', () => product(code, 300, 310, 320));
    const [one, two, three, four] = await shop.commits(`product/${code}`);
    await shop.publish([four!, two!, four!, one!, three!, two!, one!, four!, three!, one!, two!, three!]);
  });

  it('that come three times count once in the totals', async () => {
    const number = newInvoice();
    expect(await shop.send('sale', number, 'RegisterSale', sale)).toMatchObject({ status: 200 });
    const [registered] = await shop.commits(`sale/${number}`);
    await shop.publish([registered!, registered!, registered!]);
  });

  it('that are withheld for a while are read from history as soon as a later one comes', async () => {
    const code = newCode();
    await product(code, 400);
    await shop.withheld('BrowseProducts', async () => {
      expect(await shop.send('product', code, 'ChangePrice', priced(410))).toMatchObject({ status: 200 });
      expect(await shop.send('product', code, 'ChangePrice', priced(420))).toMatchObject({ status: 200 });
    });
    expect(await shop.send('product', code, 'ChangePrice', priced(430))).toMatchObject({ status: 200 });
    await expectViews(shop, parked);

    const withheld = (await shop.commits(`product/${code}`)).filter(({ version }) => version === 3 || version === 4);
    await shop.publish(withheld); // and now they come
  });
});

describe('a poison event', () => {
  it('is parked and holds up nobody else; mended, its product goes on', async () => {
    const [code, good] = [newCode(), newCode()];
    await product(code);
    await expectViews(shop, parked);
    parked.push(code);
    await shop.withheld('BrowseProducts', async () => {
      expect(await shop.send('product', code, 'ChangePrice', priced(500))).toMatchObject({ status: 200 });
    });
    await rewrite(code, 2, '"price":500', '"price":-500'); // what a publisher with a bug would have written
    const bad = (await shop.commits(`product/${code}`)).filter(({ version }) => version === 2);
    expect(bad).toMatchObject([{ data: { events: [{ data: { price: -500 } }] } }]);
    await shop.publish(bad);

    // Meanwhile others go on, in the same queue.
    await product(good, 510, 520);
    await expectViews(shop, parked);
    await expect.poll(async () => (await shop.listing()).parked, { timeout: 60_000, interval: 500 }).toHaveLength(1);
    expect(await shop.send('product', code, 'ChangePrice', priced(530))).toMatchObject({ status: 200 });
    expect((await shop.read('browse', `products/${code}`)).body).toMatchObject({ price: lantern.price });

    await rewrite(code, 2, '"price":-500', '"price":500');
    const outcome = await shop.invoke('BrowseHandlerbrowselisting', { dbpatterns: 'retry', stream: `product/${code}` });
    expect(outcome).toMatchObject({ generations: [{ live: true, state: 'following', applied: 3 }] });
    expect((await shop.listing()).parked).toEqual([]);
    parked.pop();
  }, 120_000);

  async function rewrite(code: string, version: number, from: string, to: string): Promise<void> {
    await shop.catalog.query(
      'update dbpatterns.outbox set commit = replace(commit, :from, :to) where stream = :stream and version = :version',
      { from, to, stream: `product/${code}`, version },
    );
  }
});

describe('two relays at once', () => {
  it('publish each commit that was left, and no view counts one twice', async () => {
    const codes = Array.from({ length: 12 }, newCode);
    await shop.withheld('BrowseProducts', async () => {
      await Promise.all(codes.map((code) => product(code)));
    });
    // As if the functions had died after the commit, a while ago.
    await shop.catalog.query(
      `update dbpatterns.outbox set published_at = null, leased_until = now() - interval '1 minute'
       where stream in (select 'product/' || code from json_array_elements_text(cast(:codes as json)) as code)`,
      { codes: JSON.stringify(codes) },
    );
    const relay = () => shop.invoke('CatalogProductsOutboxRelay', { Records: [] }) as Promise<{ published: number }>;
    const reports = await Promise.all([relay(), relay()]);

    expect(reports.reduce((sum, { published }) => sum + published, 0)).toBe(codes.length);
    const [left] = await shop.catalog.query('select count(*) as n from dbpatterns.outbox where published_at is null');
    expect(left).toEqual({ n: 0 });
  });
});

function tokenOf({ headers }: { readonly headers: Headers }): string {
  return headers.get('x-consistency-token') ?? '';
}
