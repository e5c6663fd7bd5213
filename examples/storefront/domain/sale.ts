import { stream, v1 } from 'cdk-database-patterns-lambda/cqrs';
import * as z from 'zod';
import { country, customer, invoice, line, lines, time, units } from './values.js';

/** An invoice. */
export const saleRegistered = z.object({ customer, country, soldAt: time, lines });

/** Units of one line of a return that go back to one line of an earlier sale. */
export const match = z.object({ sale: invoice, line: z.int().positive(), units });

/** One line of a return: what it matches, and how many units match no sale. */
export const returnedLine = line.extend({ matched: z.array(match), unmatched: z.int().nonnegative() });

/** A cancellation: goods that came back. */
export const returnRegistered = z.object({
  customer,
  country,
  returnedAt: time,
  lines: z.array(returnedLine).min(1),
});

/** What the shop says about an invoice or a cancellation; the id is its number. */
export const sale = stream('sale', { SaleRegistered: v1(saleRegistered), ReturnRegistered: v1(returnRegistered) });
