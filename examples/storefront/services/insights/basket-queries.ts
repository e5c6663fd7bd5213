import {
  postgresView,
  Problem,
  queries,
  type PostgresView,
  type QueriesOptions,
} from 'cdk-database-patterns-lambda/cqrs';
import { productCode } from '../../domain/ids.js';
import { checkId } from '../ids.js';
import { bundleOf } from './bundle.js';

/** What was bought together with a product, and in how many baskets. */
export interface BoughtWith {
  readonly product: string;
  readonly baskets: number;
}

/** How many baskets were counted, and how many were skipped for their size. */
export interface Baskets {
  readonly baskets: number;
  readonly skipped: number;
}

const mostOften = `
  select other as product, baskets from bought_together
  where product = :code
  order by baskets desc, other
  limit :limit`;

/** One row, also before the first sale. */
const allBaskets = `
  select cast(coalesce(sum(baskets), 0) as bigint) as baskets, cast(coalesce(sum(skipped), 0) as bigint) as skipped
  from bought_together
  where product = '*'`;

/** The shop's answers about baskets. */
export const answers = (view: PostgresView, options?: QueriesOptions) =>
  queries(
    {
      // The most often first.
      'GET /products/{code}/bought-with': async ({ params: { code }, query, after }) => ({
        items: await view.query<BoughtWith>(mostOften, { code, limit: limitOf(query.limit) }, { after }),
      }),
      // With the two that are bought with it the most often, and what they cost together now.
      'GET /products/{code}/bundle': async ({ params: { code }, after }) => {
        checkId(code, productCode, 'a product code, such as 85123A');
        const others = await view.query<BoughtWith>(mostOften, { code, limit: 2 }, { after });
        return bundleOf(
          code,
          others.map(({ product }) => product),
        );
      },
      'GET /baskets': async ({ after }) => {
        const [all] = await view.query<Baskets>(allBaskets, {}, { after });
        return all;
      },
    },
    options,
  );

export const handler = answers(postgresView('sale', 'bought_together'));

function limitOf(text = '10'): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 100) return limit;
  throw new Problem('invalid-limit', 400, 'limit must be a whole number from 1 to 100');
}
