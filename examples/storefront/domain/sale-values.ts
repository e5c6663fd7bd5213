import * as v from 'valibot';
import { invoiceNumber, productCode } from './ids.js';
import { amount, atLeast, atMost, isTime, notEmpty, upTo, whole } from './values.js';

/** A product's code. */
export const code = v.pipe(
  v.string(),
  v.regex(productCode, 'a product code: five digits and up to two letters, such as 85123A'),
);

/** A number of units above zero. */
export const units = v.pipe(whole, atLeast(1), atMost(1_000_000));

/** A time of the shop's clock, such as `2010-12-01T08:26:00`. */
export const time = v.pipe(v.string(), v.check(isTime, 'a time of the shop, such as 2010-12-01T08:26:00'));

/** A customer's number, or null where it is not known. */
export const customer = v.nullable(v.pipe(v.string(), notEmpty, upTo(20)));

/** A country's name. */
export const country = v.pipe(v.string(), v.trim(), notEmpty, upTo(60));

/** The number of the sale that a return goes back to. */
export const invoice = v.pipe(v.string(), v.regex(invoiceNumber, 'an invoice number: six digits'));

/** One line of an invoice: `price` per unit, in pence. */
export const line = v.object({ product: code, units, price: amount });

/** The lines of one invoice. */
export const lines = v.pipe(v.array(line), v.minLength(1), v.maxLength(1000));
