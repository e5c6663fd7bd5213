import { storefront } from '../../support/checker/index.js';
import type { Address, Evidence, Fields, LoggedCommit, ObservedView } from '../../support/checker/index.js';
import type { Table } from '../models/dynamodb/table.js';
import type { Recipient } from '../models/recipient.js';
import { commitOf, publishedOf, type Envelope } from './envelopes.js';
import { bandsFold, basketsFold, lettersFold, lotsFold } from './folds.js';
import { Generations } from './generations.js';
import type { Engine } from '../models/postgres/engine.js';
import { BAND_ROWS, BASKETS } from './names.js';
import type { Shop } from './shop.js';
import type { Visitors } from './visitors.js';

interface OutboxRow {
  readonly stream: string;
  readonly version: number;
  readonly commit: string;
}

/** What those who looked after a run know of its end. */
export interface Findings extends Pick<Evidence, 'log' | 'history' | 'parked' | 'unfinished'> {
  /** What was passed over on purpose, by the functions that did. */
  readonly passed: Readonly<Record<string, readonly Address[] | undefined>>;
  /** What was given up and need not. */
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
      passed: passed['browse-listing'],
    },
    { name: 'totals', streamName: 'sale', found: totalsIn(shop.tables.totals), fold: storefront.totals },
    { name: 'bands', streamName: 'product', found: await bandsIn(shop, engine), fold: bandsFold },
    {
      name: 'letters',
      streamName: 'product',
      found: lettersOf(shop.recipient),
      fold: lettersFold,
      passed: passed['shop-letters'],
    },
    { name: 'baskets', streamName: 'sale', found: await basketsIn(engine), fold: basketsFold },
    { name: 'lots', streamName: 'sale', found: lotsIn(shop.tables.commits), fold: lotsFold },
    { name: 'catalog', streamName: 'product', found: await catalogIn(engine), fold: storefront.catalog },
  ];
  return {
    ...known,
    commands: visitors.commands,
    published: shop.services.bus.taken.map((detail) => publishedOf(JSON.parse(detail) as Envelope)),
    views,
    reads: visitors.reads,
    internal: visitors.internal,
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
  const { partitionKey, sortKey } = table.options;
  const own = new Generations(table).live.filter((item) => !String(item[partitionKey]).startsWith('_'));
  return Object.fromEntries(
    own.map((item) => {
      const key = [item[partitionKey], ...(sortKey === undefined ? [] : [item[sortKey]])].map(String).join('|');
      const measures = Object.entries(item).filter(([name]) => ![partitionKey, sortKey, '_total'].includes(name));
      return [key, Object.fromEntries(measures)] as const;
    }),
  );
}

async function basketsIn(engine: Engine): Promise<Record<string, Fields>> {
  const rows = await engine.ask<{ key: string; baskets: number; skipped: number }>(
    `select product || '|' || other as key, cast(baskets as int), cast(skipped as int) from ${BASKETS}`,
  );
  return Object.fromEntries(rows.map(({ key, ...measures }) => [key, measures]));
}

async function bandsIn(shop: Shop, engine: Engine): Promise<Record<string, Fields>> {
  if (shop.bandsView === 'insights-bands') return totalsIn(shop.tables.bands);
  const rows = await engine.ask<{ band: string; products: number; pence: number }>(
    `select band, cast(products as int), cast(pence as int) from ${BAND_ROWS}`,
  );
  return Object.fromEntries(rows.map(({ band, ...measures }) => [band, measures]));
}

/** What has arrived, by the product: what came again under its key changed nothing. */
function lettersOf({ taken }: Recipient): Record<string, Fields> {
  const byProduct: Record<string, { letters: Fields[] }> = {};
  for (const { to, ...letter } of taken.values()) (byProduct[to] ??= { letters: [] }).letters.push({ ...letter });
  return byProduct;
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
