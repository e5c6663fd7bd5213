import { randomUUID } from 'node:crypto';
import { pounds } from '../domain/money.js';
import type { ListedProduct } from '../services/browse/queries.js';
import { type FeedOptions, post } from './feed.js';

/** A shopper's question and what the shop says. */
export interface Answered {
  readonly question: string;
  readonly answer: string[];
}

interface Page {
  readonly items: ListedProduct[];
  readonly cursor?: string;
}

type Shop = Pick<FeedOptions, 'request' | 'endpoints'>;

/** Asks the shop's own API. */
export async function ask(shop: Shop): Promise<Answered[]> {
  return [await cheapestLanterns(shop), await gardenUnder2(shop), await priceJustChanged(shop)];
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

/** A price changes, and who changed it reads it at once, with the token of the change. */
async function priceJustChanged(shop: Shop): Promise<Answered> {
  const [first] = (await list(shop, 'categories/lanterns?limit=1')).items;
  if (!first) return { question: 'What does a lantern cost now?', answer: ['there is none'] };
  const { productId: id, price } = first;
  const data = { price: Math.max(1, price - 10), since: '2010-12-24' };
  const changed = await post({ stream: 'product', id, name: 'ChangePrice', key: randomUUID(), data }, shop);
  const token = changed.headers.get('x-consistency-token') ?? '';
  const started = performance.now();
  const { status, body } = await shop.request(`${shop.endpoints.browse}products/${id}`, {
    headers: { 'x-consistency-token': token },
  });
  if (status !== 200) throw new Error(`the product could not be read with its token: ${JSON.stringify(body)}`);
  const after = `${Math.round(performance.now() - started)} ms after the answer, read with its token`;
  const now = body as ListedProduct;
  if (now.price !== data.price) throw new Error(`stale: read ${now.price} with a token that asks for ${data.price}`);
  return { question: `${label(first)}: now 10p less. What does it cost?`, answer: [`${pounds(now.price)} (${after})`] };
}

async function list({ request, endpoints }: Shop, path: string): Promise<Page> {
  const { status, body } = await request(`${endpoints.browse}${path}`);
  if (status !== 200) throw new Error(`GET ${path} was answered with ${status}: ${JSON.stringify(body)}`);
  return body as Page;
}

function label({ productId, description, price }: ListedProduct): string {
  return `${description} (${productId}) ${pounds(price)}`;
}
