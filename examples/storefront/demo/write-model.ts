import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import type { PostgresClient, Row } from 'cdk-database-patterns-lambda/stores';

/** A product with every price it had, by its day. */
export interface CatalogProduct {
  readonly description: string;
  readonly category: string;
  readonly prices: [string, number][];
}

/** What the database of the catalog holds, in the shape of the calculation. */
export interface CatalogModel {
  readonly products: Record<string, CatalogProduct>;
}

/** What the table of sales holds, in the shape of the calculation. */
export interface SalesModel {
  readonly sales: number;
  readonly returns: number;
  readonly lines: number;
  readonly matches: [string, number, string, number, number][];
  readonly unmatchedUnits: number;
  readonly lots: Record<string, number[]>;
}

/** How much a service has committed. */
export interface Committed {
  readonly commits: number;
  readonly events: number;
}

interface Line {
  readonly matched?: readonly { readonly sale: string; readonly line: number; readonly units: number }[];
  readonly unmatched?: number;
}

interface Commit {
  readonly data: { readonly events: { readonly type: string; readonly data: { readonly lines: Line[] } }[] };
}

/** The Data API answers with at most 1 MiB. */
const PAGE = 2000;

/** Reads the catalog's database. */
export async function readCatalog(catalog: PostgresClient): Promise<CatalogModel> {
  const [products, prices] = await Promise.all([
    all<{ code: string; description: string; category: string; price: number }>(
      catalog,
      'select code, description, category, price from product order by code limit :page offset :passed',
    ),
    all<{ product: string; since: string; price: number }>(
      catalog,
      `select product, cast(since as text) as since, price from price
       order by product, since limit :page offset :passed`,
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
  };
}

/** Reads the table of sales: its commits, and beside them what is left of each sale. */
export async function readSales(table: string): Promise<SalesModel & Committed> {
  const model = { sales: 0, returns: 0, lines: 0, unmatchedUnits: 0, commits: 0, events: 0 };
  const matches: SalesModel['matches'] = [];
  const lots: SalesModel['lots'] = {};
  const client = DynamoDBDocumentClient.from(new DynamoDBClient());
  for await (const { Items = [] } of paginateScan({ client }, { TableName: table, ConsistentRead: true })) {
    for (const { stream, version, commit, data } of Items as Readonly<Record<string, string>>[]) {
      if (commit === undefined) {
        const left = JSON.parse(data ?? '[]') as { left: number }[];
        lots[version?.split('/')[1] ?? ''] = left.map((lot) => lot.left);
        continue;
      }
      const { events } = (JSON.parse(commit) as Commit).data;
      model.commits += 1;
      model.events += events.length;
      for (const { type, data } of events) {
        model[type === 'SaleRegistered' ? 'sales' : 'returns'] += 1;
        for (const [index, { matched = [], unmatched = 0 }] of data.lines.entries()) {
          model.lines += 1;
          model.unmatchedUnits += unmatched;
          const number = stream?.split('/')[1] ?? '';
          for (const { sale, line, units } of matched) matches.push([number, index + 1, sale, line, units]);
        }
      }
    }
  }
  client.destroy();
  return { ...model, matches: matches.sort(byText), lots };
}

/** Counts what the catalog has published and what it has not. */
export async function readOutbox(catalog: PostgresClient): Promise<Committed & { readonly unpublished: number }> {
  const [counted] = await catalog.query<{ commits: number; events: number; unpublished: number }>(
    `select count(*) as commits,
       cast(coalesce(sum(json_array_length(cast(commit as json) -> 'data' -> 'events')), 0) as bigint) as events,
       count(*) filter (where published_at is null) as unpublished
     from dbpatterns.outbox`,
  );
  if (!counted) throw new Error('a statement that counts returned nothing');
  return counted;
}

/** All rows of a text that names `:page` and `:passed`. */
async function all<R extends Row>(database: PostgresClient, text: string): Promise<R[]> {
  const rows: R[] = [];
  for (;;) {
    const page = await database.query<R>(text, { page: PAGE, passed: rows.length });
    rows.push(...page);
    if (page.length < PAGE) return rows;
  }
}

/** As the calculation orders them: by text, number, text, number, number. */
function byText(a: SalesModel['matches'][number], b: SalesModel['matches'][number]): number {
  for (const [index, one] of a.entries()) {
    const other = b[index] ?? '';
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
}
