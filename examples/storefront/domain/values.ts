import * as v from 'valibot';
import { invoiceNumber, productCode } from './ids.js';

// Messages reach clients and logs: they say what is allowed, and never what was given.
v.setGlobalMessage(({ expected }) => (expected === null ? 'not allowed' : `allowed is ${expected}`));

/** A whole number. */
export const whole = v.pipe(v.number(), v.integer('a whole number'));

/** A product's code. */
export const code = v.pipe(
  v.string(),
  v.regex(productCode, 'a product code: five digits and up to two letters, such as 85123A'),
);

/** An amount above zero, in pence. */
export const amount = v.pipe(whole, v.minValue(1), v.maxValue(100_000_000));

/** A number of units above zero. */
export const units = v.pipe(whole, v.minValue(1), v.maxValue(1_000_000));

/** A day, such as `2010-12-01`. */
export const day = v.pipe(v.string(), v.check(isDay, 'a day, such as 2010-12-01'));

/** A time of the shop's clock, such as `2010-12-01T08:26:00`. */
export const time = v.pipe(v.string(), v.check(isTime, 'a time of the shop, such as 2010-12-01T08:26:00'));

/** A customer's number, or null where it is not known. */
export const customer = v.nullable(v.pipe(v.string(), v.minLength(1), v.maxLength(20)));

/** A country's name. */
export const country = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(60));

/** The number of the sale that a return goes back to. */
export const invoice = v.pipe(v.string(), v.regex(invoiceNumber, 'an invoice number: six digits'));

/** One line of an invoice: `price` per unit, in pence. */
export const line = v.object({ product: code, units, price: amount });

/** The lines of one invoice. */
export const lines = v.pipe(v.array(line), v.minLength(1), v.maxLength(1000));

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && isTime(`${text}T00:00:00`);
}

/** Whether it is in the calendar and on the clock: the 30th of February is not. */
function isTime(text: string): boolean {
  const parsed = new Date(`${text}Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString() === `${text}.000Z`;
}
