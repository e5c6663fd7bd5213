import type { PostgresClient } from 'cdk-database-patterns-lambda/stores';

/** How many baskets the view has. */
export interface Counted {
  readonly baskets: number;
  readonly skipped: number;
}

/** What the view of baskets holds. */
export interface Baskets extends Counted {
  /** By two products, in how many baskets both were. */
  readonly boughtTogether: Record<string, Record<string, number>>;
  /** The streams that are parked. */
  readonly parked: string[];
}

/** A row holds all pairs of one product; the Data API answers with at most 1 MiB. */
const PAGE = 100;

const ofProducts = `
  select product, cast(json_object_agg(other, baskets) as text) as others
  from bought_together
  where product <> '*' and product > :after
  group by product order by product limit ${PAGE}`;

/** Counts the baskets in the view. */
export async function countBaskets(insights: PostgresClient): Promise<Counted> {
  const [counted] = await insights.query<{ baskets: number; skipped: number }>(
    `select baskets, skipped from bought_together where product = '*'`,
  );
  return counted ?? { baskets: 0, skipped: 0 };
}

/** Reads the view to its end. */
export async function readBaskets(insights: PostgresClient): Promise<Baskets> {
  const boughtTogether: Baskets['boughtTogether'] = {};
  for (let after = '', more = true; more;) {
    const rows = await insights.query<{ product: string; others: string }>(ofProducts, { after });
    for (const { product, others } of rows) boughtTogether[product] = JSON.parse(others) as Record<string, number>;
    after = rows.at(-1)?.product ?? after;
    more = rows.length === PAGE;
  }
  const parked = await insights.query<{ stream: string }>('select stream from dbpatterns_view.parked');
  return { ...(await countBaskets(insights)), boughtTogether, parked: parked.map(({ stream }) => stream) };
}
