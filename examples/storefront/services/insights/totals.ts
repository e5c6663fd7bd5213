import { aggregate, contribute, type ProjectionOptions } from 'cdk-database-patterns-lambda/cqrs';
import { sale } from '../../domain/sale.js';

interface Line {
  readonly units: number;
  readonly price: number;
}

/** Sales and returns by day and country; amounts in pence. A return counts on its own day. */
export const totals = (options?: ProjectionOptions) =>
  aggregate(
    sale,
    {
      SaleRegistered: ({ data }) =>
        contribute(total(data.soldAt, data.country), {
          sales: 1,
          units: sum(data.lines, ({ units }) => units),
          revenue: sum(data.lines, worth),
        }),
      ReturnRegistered: ({ data }) =>
        contribute(total(data.returnedAt, data.country), {
          returns: 1,
          unitsReturned: sum(data.lines, ({ units }) => units),
          refunds: sum(data.lines, worth),
          unitsMatched: sum(data.lines, ({ units, unmatched }) => units - unmatched),
        }),
    },
    options,
  );

export const handler = totals();

function total(time: string, country: string) {
  return { day: time.slice(0, 10), country };
}

function worth({ units, price }: Line): number {
  return units * price;
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((all, item) => all + value(item), 0);
}
