import {
  aggregateView,
  type AggregateView,
  notFound,
  queries,
  type QueriesOptions,
} from 'cdk-database-patterns-lambda/cqrs';

/** Sales and returns of one day in one country; amounts in pence. What never happened is left out. */
export interface SalesOfDay {
  readonly day: string;
  readonly country: string;
  /** Invoices. */
  readonly sales?: number;
  readonly units?: number;
  readonly revenue?: number;
  /** Cancellations. */
  readonly returns?: number;
  readonly unitsReturned?: number;
  readonly refunds?: number;
  /** Of the units that came back, those of which the sale is known. */
  readonly unitsMatched?: number;
}

/** The shop's figures, from a view of totals. */
export const answers = (view: AggregateView<SalesOfDay>, options?: QueriesOptions) =>
  queries(
    {
      'GET /days/{day}': ({ params, query, after }) =>
        view.query(params.day, { limit: 100, cursor: query.cursor, after }),
      'GET /days/{day}/{country}': async ({ params: { day, country }, after }) => {
        const found = await view.get({ day, country }, { after });
        if (!found) throw notFound(`${day} in ${country}`);
        return found;
      },
    },
    options,
  );

export const handler = answers(aggregateView<SalesOfDay>('sale'));
