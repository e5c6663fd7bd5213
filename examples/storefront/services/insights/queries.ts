import { aggregateView, notFound, queries } from 'cdk-database-patterns-lambda/cqrs';

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

const totals = aggregateView<SalesOfDay>('sale');

export const handler = queries({
  'GET /days/{day}': ({ params, query }) => totals.query(params.day, { limit: 100, cursor: query.cursor }),
  'GET /days/{day}/{country}': async ({ params: { day, country } }) => {
    const found = await totals.get({ day, country });
    if (!found) throw notFound(`${day} in ${country}`);
    return found;
  },
});
