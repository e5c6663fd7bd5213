import { depth } from '../../examples/storefront/demo/deployed.js';
import {
  storefront,
  type Evidence,
  type Fields,
  type Fold,
  type LoggedCommit,
  type ObservedView,
  type PublishedCommit,
} from '../support/checker/index.js';
import { readGenerations } from './generations.js';
import { readView } from './rebuild.js';
import type { System } from './system.js';

/** What the stores hold, and what was sent, since the last time. */
export type Traces = Pick<Evidence, 'log' | 'published' | 'views' | 'deadLetters'>;

interface Envelope {
  readonly subject: string;
  readonly version?: number;
  readonly causationid: string;
  readonly data?: { readonly events: readonly { readonly type: string; readonly data: unknown }[] };
}

/** Gathers what is there for the checker. What an earlier run left is left out by what it had: streams and totals. */
export async function tracesOf(system: System, isEarlier: (key: string) => boolean): Promise<Traces> {
  const { shop } = system;
  const [products, sales, prices] = await Promise.all([
    productsOf(system),
    salesOf(system),
    system.sql(
      'catalog',
      `select code, description, category, product.price, to_char(product.since, 'YYYY-MM-DD') as since,
         json_object_agg(to_char(price.since, 'YYYY-MM-DD'), price.price) as prices
       from product join price on price.product = code group by code`,
    ),
  ]);
  const listing = await readView(system, 'the listing');
  const totals = await readView(system, 'the totals');
  const isNew = ({ stream }: { readonly stream: string }): boolean => !isEarlier(stream);
  const listed = listing.items.map(({ productId, _version, ...item }) => [String(productId), item] as const);
  const counted = totals.items.map(
    ({ day, country, _total, ...item }) => [`${String(day)}|${String(country)}`, item] as const,
  );
  const rows = prices.map(({ code, prices: history, ...row }) => {
    return [String(code), { ...row, prices: history }] as const;
  });
  const ofProducts = (entries: readonly (readonly [string, Fields])[]): Record<string, Fields> =>
    Object.fromEntries(entries.filter(([id]) => !isEarlier(`product/${id}`)));
  const baskets = await system.sql('insights', 'select stream from dbpatterns_view.parked');
  const parked = [...listing.parked, ...totals.parked, ...baskets.map(({ stream }) => String(stream))];
  return {
    log: [...products, ...sales].filter(isNew),
    published: system.sent.map(publishedOf).filter(isNew),
    views: [
      { name: 'catalog', streamName: 'product', found: ofProducts(rows), fold: storefront.catalog },
      { name: 'listing', streamName: 'product', found: ofProducts(listed), fold: storefront.listing },
      {
        name: 'totals',
        streamName: 'sale',
        found: Object.fromEntries(counted.filter(([key]) => !isEarlier(key))),
        fold: storefront.totals,
      },
    ],
    deadLetters: [
      ...(await deadLettersIn(shop.outputs.ListingDeadLetters)),
      ...(await deadLettersIn(shop.outputs.TotalsDeadLetters)),
      ...(await deadLettersIn(shop.outputs.BasketsDeadLetters)),
      ...parked.map((stream) => `${stream}, which is parked`),
    ],
  };
}

/** The view of what is bought together, of all runs: they share their products. */
export async function basketsOf(system: System): Promise<ObservedView> {
  const rows = await system.sql('insights', 'select product, other, baskets, skipped from bought_together');
  const found = rows.map(({ product, other, baskets, skipped }) => {
    return [`${String(product)}|${String(other)}`, { baskets: Number(baskets), skipped: Number(skipped) }] as const;
  });
  return { name: 'baskets', streamName: 'sale', found: Object.fromEntries(found), fold: boughtTogether };
}

/** A basket, and each pair of its products both ways round. A return takes nothing out. */
const boughtTogether: Fold = {
  kind: 'totals',
  contributions: (events) =>
    events.flatMap(({ type, data }) => {
      if (type !== 'SaleRegistered') return [];
      const products = [...new Set((data as { lines: { product: string }[] }).lines.map(({ product }) => product))];
      const pairs = products.flatMap((one) => products.flatMap((other) => (one === other ? [] : `${one}|${other}`)));
      return ['*|*', ...pairs].map((key) => ({ key, measures: { baskets: 1 } }));
    }),
};

async function productsOf(system: System): Promise<LoggedCommit[]> {
  const rows = await system.sql('catalog', 'select stream, version, commit from dbpatterns.outbox');
  return rows.map(loggedOf);
}

/** The commits of sales. Beside them the table holds state, which the events of returns tell of. */
export async function salesOf({ shop }: System): Promise<LoggedCommit[]> {
  const { items } = await readGenerations(shop.outputs.InvoicesTable, ['stream']);
  return items.filter(({ commit }) => commit !== undefined).map(loggedOf);
}

function loggedOf({ stream, version, commit }: Record<string, unknown>): LoggedCommit {
  const { causationid: command, data } = JSON.parse(String(commit)) as Envelope;
  return { stream: String(stream), version: Number(version), command, events: eventsOf(data) };
}

function publishedOf(text: string): PublishedCommit {
  const { subject: stream, version = 0, causationid: command, data } = JSON.parse(text) as Envelope;
  return { stream, version, command, ...(data === undefined ? {} : { events: eventsOf(data) }) };
}

function eventsOf(data: Envelope['data']): LoggedCommit['events'] {
  return (data?.events ?? []).map((event) => ({ type: event.type, data: event.data }));
}

async function deadLettersIn(queueUrl: string): Promise<string[]> {
  const messages = await depth(queueUrl);
  return messages === 0 ? [] : [`${messages} messages in ${queueUrl.slice(queueUrl.lastIndexOf('/') + 1)}`];
}
