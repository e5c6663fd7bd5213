import { storefront, type Fold } from '../../support/checker/index.js';
import type { Address, Evidence, Fields, LoggedCommit, ObservedView } from '../../support/checker/index.js';
import type { Table } from '../models/dynamodb/table.js';
import { commitOf, publishedOf, type Envelope } from './envelopes.js';
import { Generations } from './generations.js';
import type { Engine } from '../models/postgres/engine.js';
import type { Shop } from './shop.js';
import type { Visitors } from './visitors.js';

/** Where the newest price of a product lies, and what it is. */
const bandsFold: Fold = {
  kind: 'totals',
  contributions: (events) => {
    const price = (events.at(-1)?.data as { price?: number } | undefined)?.price;
    return price === undefined ? [] : [{ key: storefront.bandOf(price), measures: { products: 1, pence: price } }];
  },
};

/** What is left of each line of a known customer's sale: what was sold less what came back. */
const lotsFold: Fold = {
  kind: 'totals',
  contributions: (events, id) =>
    events.flatMap(({ type, data }) => {
      const { customer, lines } = data as { customer: string | null; lines: readonly Line[] };
      if (customer === null) return [];
      if (type === 'SaleRegistered') {
        return lines.map(({ units }, index) => ({ key: `${id}:${index + 1}`, measures: { left: units } }));
      }
      const matches = lines.flatMap(({ matched = [] }) => matched);
      return matches.map(({ sale, line, units }) => ({ key: `${sale}:${line}`, measures: { left: -units } }));
    }),
};

interface Line {
  readonly units: number;
  readonly matched?: readonly { readonly sale: string; readonly line: number; readonly units: number }[];
}

interface OutboxRow {
  readonly stream: string;
  readonly version: number;
  readonly commit: string;
}

/** What those who looked after a run know of its end. */
export interface Findings extends Pick<Evidence, 'log' | 'history' | 'unfinished'> {
  /** What the listing passed over on purpose. */
  readonly passed: readonly Address[];
  /** What stands still, or was given up, and need not. */
  readonly given: readonly string[];
}

/** Every commit that there is. */
export async function logOf(shop: Shop, engine: Engine): Promise<LoggedCommit[]> {
  const rows = await engine.ask<OutboxRow>('select stream, version, commit from dbpatterns.outbox');
  const items = shop.tables.commits.all().filter((item) => typeof item['commit'] === 'string');
  return [...rows, ...items].map(({ stream, version, commit }) => {
    const envelope = JSON.parse(String(commit)) as Envelope;
    return commitOf({ ...envelope, subject: String(stream), version: Number(version) });
  });
}

/** What is there at the end of a run. */
export async function gathered(
  shop: Shop,
  engine: Engine,
  visitors: Visitors,
  { passed, given, ...known }: Findings,
): Promise<Evidence> {
  const views: ObservedView[] = [
    {
      name: 'listing',
      streamName: 'product',
      found: entitiesIn(shop.tables.listing),
      fold: storefront.listing,
      passed,
    },
    { name: 'totals', streamName: 'sale', found: totalsIn(shop.tables.totals), fold: storefront.totals },
    {
      name: 'bands',
      streamName: 'product',
      found: bandsIn(shop.tables.bands),
      fold: bandsFold,
    },
    { name: 'lots', streamName: 'sale', found: lotsIn(shop.tables.commits), fold: lotsFold },
    { name: 'catalog', streamName: 'product', found: await catalogIn(engine), fold: storefront.catalog },
  ];
  return {
    ...known,
    commands: visitors.commands,
    published: shop.services.bus.taken.map((detail) => publishedOf(JSON.parse(detail) as Envelope)),
    views,
    reads: visitors.reads,
    deadLetters: [...shop.deadLetters.messages.map(({ body }) => body.slice(0, 200)), ...given],
  };
}

function entitiesIn(table: Table): Record<string, Fields> {
  const own = new Generations(table).live.filter(
    (item) => !String(item['productId']).startsWith('_') && item['_tombstone'] !== true,
  );
  return Object.fromEntries(
    own.map(({ productId, _version, _passed, ...fields }) => [String(productId), fields] as const),
  );
}

function totalsIn(table: Table): Record<string, Fields> {
  const own = new Generations(table).live.filter((item) => !String(item['day']).startsWith('_'));
  return Object.fromEntries(
    own.map(({ day, country, _total, ...fields }) => [`${String(day)}|${String(country)}`, fields] as const),
  );
}

function bandsIn(table: Table): Record<string, Fields> {
  const own = new Generations(table).live.filter((item) => !String(item['band']).startsWith('_'));
  return Object.fromEntries(own.map(({ band, _total, ...fields }) => [String(band), fields] as const));
}

/** The state beside the sales: per customer and sale its lines, in their order. */
function lotsIn(table: Table): Record<string, Fields> {
  const states = table.all().filter(({ stream }) => String(stream).startsWith('state#'));
  return Object.fromEntries(
    states.flatMap(({ version, data }) => {
      const sale = String(version).split('/').at(-1);
      const lots = JSON.parse(String(data)) as { left: number }[];
      return lots.map(({ left }, index) => [`${sale}:${index + 1}`, { left }] as const);
    }),
  );
}

async function catalogIn(engine: Engine): Promise<Record<string, Fields>> {
  const rows = await engine.ask<{ code: string; fields: Fields }>(
    `select code, json_build_object(
        'description', description, 'category', category, 'price', price, 'since', since,
        'prices', (select json_object_agg(p.since, p.price) from price p where p.product = code)) as fields
       from product`,
  );
  return Object.fromEntries(rows.map(({ code, fields }) => [code, fields]));
}
