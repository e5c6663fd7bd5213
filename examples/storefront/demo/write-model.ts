import type { PostgresClient, Row } from 'cdk-database-patterns-lambda/stores';

/** What the databases of catalog and sales hold, in the shape of the calculation. */
export interface WriteModel {
  readonly products: Record<string, { description: string; category: string; prices: [string, number][] }>;
  readonly sales: number;
  readonly returns: number;
  readonly lines: number;
  readonly matches: [string, number, string, number, number][];
  readonly unmatchedUnits: number;
}

/** What the outbox of a service holds. */
export interface Outbox {
  readonly commits: number;
  readonly events: number;
  readonly unpublished: number;
}

/** The Data API answers with at most 1 MiB. */
const PAGE = 2000;

/** Reads both databases. */
export async function readWriteModel(catalog: PostgresClient, sales: PostgresClient): Promise<WriteModel> {
  const [products, prices, matches, counts] = await Promise.all([
    all<{ code: string; description: string; category: string; price: number }>(
      catalog,
      'select code, description, category, price from product order by code',
    ),
    all<{ product: string; since: string; price: number }>(
      catalog,
      'select product, cast(since as text) as since, price from price order by product, since',
    ),
    all<{ invoice: string; line: number; sale: string; sale_line: number; units: number }>(
      sales,
      'select invoice, line, sale, sale_line, units from return_match order by invoice, line, sale, sale_line',
    ),
    one<{ sales: number; returns: number; lines: number; unmatched: number }>(
      sales,
      `select
         (select count(*) from sale) as sales,
         (select count(*) from return_note) as returns,
         (select count(*) from sale_line) + (select count(*) from return_line) as lines,
         cast((select coalesce(sum(units), 0) from return_line) -
           (select coalesce(sum(units), 0) from return_match) as bigint) as unmatched`,
    ),
  ]);
  const histories = new Map<string, [string, number][]>(products.map(({ code }) => [code, []]));
  for (const { product, since, price } of prices) histories.get(product)?.push([since, price]);
  return {
    products: Object.fromEntries(
      products.map(({ code, description, category, price }) => {
        const history = histories.get(code) ?? [];
        if (history.at(-1)?.[1] !== price)
          throw new Error(`product ${code} costs something else than its history says`);
        return [code, { description, category, prices: history }];
      }),
    ),
    sales: counts.sales,
    returns: counts.returns,
    lines: counts.lines,
    matches: matches.map((match) => [match.invoice, match.line, match.sale, match.sale_line, match.units]),
    unmatchedUnits: counts.unmatched,
  };
}

/** Counts what a service has published and what it has not. */
export async function readOutbox(database: PostgresClient): Promise<Outbox> {
  return one<{ commits: number; events: number; unpublished: number }>(
    database,
    `select count(*) as commits,
       cast(coalesce(sum(json_array_length(cast(commit as json) -> 'data' -> 'events')), 0) as bigint) as events,
       count(*) filter (where published_at is null) as unpublished
     from dbpatterns.outbox`,
  );
}

async function one<R extends Row>(database: PostgresClient, text: string): Promise<R> {
  const [row] = await database.query<R>(text);
  if (!row) throw new Error('a statement that counts returned nothing');
  return row;
}

async function all<R extends Row>(database: PostgresClient, text: string): Promise<R[]> {
  const rows: R[] = [];
  for (;;) {
    const page = await database.query<R>(`${text} limit ${PAGE} offset ${rows.length}`);
    rows.push(...page);
    if (page.length < PAGE) return rows;
  }
}
