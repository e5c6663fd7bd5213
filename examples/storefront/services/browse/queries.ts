import { entityView, notFound, queries, type EntityView, type QueriesOptions } from 'cdk-database-patterns-lambda/cqrs';

/** A product as a shopper sees it; `price` in pence. */
export interface ListedProduct {
  readonly productId: string;
  readonly description: string;
  readonly category: string;
  readonly price: number;
  readonly since: string;
  readonly priceBand: string;
}

/** The shop's answers, from a view of its products. */
export const answers = (view: EntityView<ListedProduct>, options?: QueriesOptions) =>
  queries(
    {
      'GET /products/{id}': async ({ params, after }) => {
        const found = await view.get(params.id, { after });
        if (!found) throw notFound(`product ${params.id}`);
        return found;
      },
      // Cheapest first.
      'GET /categories/{category}': ({ params, query, after }) =>
        view.list('by-category', params.category, { ...page(query), after }),
      'GET /prices/{band}': ({ params, query, after }) => view.list('by-price', params.band, { ...page(query), after }),
    },
    options,
  );

export const handler = answers(entityView<ListedProduct>('product'));

/** `?from=100&to=199&limit=20&cursor=…&descending=true`: prices in pence, both ends included. */
function page(query: Readonly<Record<string, string | undefined>>) {
  return {
    from: number(query.from),
    to: number(query.to),
    limit: number(query.limit),
    cursor: query.cursor,
    descending: query.descending === 'true',
  };
}

function number(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
