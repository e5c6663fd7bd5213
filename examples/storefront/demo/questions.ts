import { randomUUID } from 'node:crypto';
import { pounds } from '../domain/money.js';
import type { ListedProduct } from '../services/browse/queries.js';
import type { BoughtWith } from '../services/insights/basket-queries.js';
import type { SalesOfDay } from '../services/insights/queries.js';
import { type FeedOptions, post } from './feed.js';
import type { Command } from './plan.js';

/** A shopper's question and what the shop says. */
export interface Answered {
  readonly question: string;
  readonly answer: string[];
}

interface Page<T = ListedProduct> {
  readonly items: T[];
  readonly cursor?: string;
}

type Shop = Pick<FeedOptions, 'request' | 'endpoints'>;

/** After all invoices of the data, so that nothing else is on that day. */
const EVENING = { since: '2010-12-31', soldAt: '2010-12-31T20:00:00' };

/** Asks the shop's own API. What was just written is read with the token of its answer, and must be there. */
export async function ask(shop: Shop): Promise<Answered[]> {
  const answered = [await cheapestLanterns(shop), await gardenUnder2(shop)];
  const [first, second] = (await list(shop, 'categories/lanterns?limit=2')).items;
  if (!first || !second) return answered;
  return [
    ...answered,
    await boughtWith(shop, first),
    await newPrice(shop, first),
    await newSale(shop, [first, second]),
  ];
}

async function cheapestLanterns(shop: Shop): Promise<Answered> {
  const { items } = await list(shop, 'categories/lanterns?limit=3');
  return { question: 'Which lanterns are the cheapest?', answer: items.map(label) };
}

async function gardenUnder2(shop: Shop): Promise<Answered> {
  const found: ListedProduct[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined;) {
    const page: Page = await list(shop, `categories/garden?to=199${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    found.push(...page.items);
    cursor = page.cursor;
  }
  const best = found.slice(-3).reverse().map(label);
  const answer = [
    `${found.length} ${found.length === 1 ? 'thing' : 'things'}${best.length === 0 ? '' : ', such as'}`,
    ...best,
  ];
  return { question: 'What is there for the garden under £2?', answer };
}

async function boughtWith(shop: Shop, product: ListedProduct): Promise<Answered> {
  const { items } = await together(shop, product.productId, 3);
  const answer = await Promise.all(
    items.map(async ({ product: code, baskets }) => {
      const other = await read<ListedProduct>(shop, `${shop.endpoints.browse}products/${code}`);
      return `${label(other)}, in ${baskets} ${baskets === 1 ? 'basket' : 'baskets'}`;
    }),
  );
  return {
    question: `What is bought together with ${label(product)}?`,
    answer: items.length > 0 ? answer : ['nothing so far'],
  };
}

/** A price changes, and who changed it reads the product and the list that it is in. */
async function newPrice(shop: Shop, lantern: ListedProduct): Promise<Answered> {
  const { productId: id, category } = lantern;
  const price = Math.max(1, lantern.price - 10);
  const token = await send(shop, { stream: 'product', id, name: 'ChangePrice', data: { price, since: EVENING.since } });
  const started = performance.now();
  const product = await read<ListedProduct>(shop, `${shop.endpoints.browse}products/${id}`, token);
  const elapsed = performance.now() - started;
  const { items } = await list(shop, `categories/${category}?limit=1`, token);
  mustBe('the product', product.price, price);
  mustBe('the list', items.find(({ productId }) => productId === id)?.price, price);
  return {
    question: `${label(lantern)}: now 10p less. What does it cost?`,
    answer: [`${pounds(price)} (${readAfter(elapsed)}), in its category as well`],
  };
}

/** Two lanterns are sold, and who sold them reads the day's total and what is bought together. */
async function newSale(shop: Shop, lanterns: readonly [ListedProduct, ListedProduct]): Promise<Answered> {
  const [first, second] = lanterns;
  const country = 'United Kingdom';
  const before = (await together(shop, first.productId, 100)).items;
  const lines = lanterns.map(({ productId: product, price }) => ({ product, units: 1, price }));
  const data = { customer: null, country, soldAt: EVENING.soldAt, lines };
  const token = await send(shop, { stream: 'sale', id: '600000', name: 'RegisterSale', data });
  const started = performance.now();
  const day = `${shop.endpoints.insights}days/${EVENING.since}/${encodeURIComponent(country)}`;
  const { sales, revenue = 0 } = await read<SalesOfDay>(shop, day, token);
  const elapsed = performance.now() - started;
  mustBe('the sales of the day', sales, 1);
  mustBe('the revenue of the day', revenue, first.price + second.price);
  const after = (await together(shop, first.productId, 100, token)).items;
  mustBe('the baskets with both', basketsWith(after, second), (basketsWith(before, second) ?? 0) + 1);
  return {
    question: 'The two cheapest lanterns are sold on New Year’s Eve. What is that day’s revenue?',
    answer: [`${pounds(revenue)} (${readAfter(elapsed)}), and the two were bought together once more`],
  };
}

function basketsWith(items: readonly BoughtWith[], { productId }: ListedProduct): number | undefined {
  return items.find(({ product }) => product === productId)?.baskets;
}

function readAfter(elapsed: number): string {
  return `read with its token, ${Math.round(elapsed)} ms after the answer`;
}

/** @throws Error if something else was read than what the token asks for. */
function mustBe(what: string, found: number | undefined, wanted: number): void {
  if (found !== wanted) throw new Error(`stale: ${what} is ${found} with a token that asks for ${wanted}`);
}

/** Sends a command. Returns its token. */
async function send(shop: Shop, command: Omit<Command, 'key'>): Promise<string> {
  const { status, headers, body } = await post({ ...command, key: randomUUID() }, shop);
  if (status !== 200) throw new Error(`${command.name} was answered with ${status}: ${JSON.stringify(body)}`);
  return headers.get('x-consistency-token') ?? '';
}

function list(shop: Shop, path: string, token?: string): Promise<Page> {
  return read(shop, `${shop.endpoints.browse}${path}`, token);
}

function together(shop: Shop, code: string, limit: number, token?: string): Promise<Page<BoughtWith>> {
  return read(shop, `${shop.endpoints.baskets}products/${code}/bought-with?limit=${limit}`, token);
}

async function read<T>({ request }: Shop, url: string, token?: string): Promise<T> {
  const { status, body } = await request(url, token === undefined ? {} : { headers: { 'x-consistency-token': token } });
  if (status !== 200) throw new Error(`GET ${url} was answered with ${status}: ${JSON.stringify(body)}`);
  return body as T;
}

function label({ productId, description, price }: ListedProduct): string {
  return `${description} (${productId}) ${pounds(price)}`;
}
