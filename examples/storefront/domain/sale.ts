import { stream, v1 } from 'cdk-database-patterns-lambda/cqrs';
import * as v from 'valibot';
import { country, customer, invoice, line, lines, time, units } from './sale-values.js';
import { atLeast, whole } from './values.js';

/** An invoice. */
export const saleRegistered = v.object({ customer, country, soldAt: time, lines });

/** Units of one line of a return that go back to one line of an earlier sale. */
export const match = v.object({ sale: invoice, line: v.pipe(whole, atLeast(1)), units });

/** One line of a return: what it matches, and how many units match no sale. */
export const returnedLine = v.object({
  ...line.entries,
  matched: v.array(match),
  unmatched: v.pipe(whole, atLeast(0)),
});

/** A cancellation: goods that came back. */
export const returnRegistered = v.object({
  customer,
  country,
  returnedAt: time,
  lines: v.pipe(v.array(returnedLine), v.minLength(1)),
});

/** What the shop says about an invoice or a cancellation; the id is its number. */
export const sale = stream('sale', { SaleRegistered: v1(saleRegistered), ReturnRegistered: v1(returnRegistered) });
