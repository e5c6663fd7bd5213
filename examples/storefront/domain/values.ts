import * as z from 'zod';
import { invoiceNumber, productCode } from './ids.js';

/** A product's code. */
export const code = z.string().regex(productCode, 'a product code: five digits and up to two letters, such as 85123A');

/** A price or another amount above zero, in pence. */
export const amount = z.int().positive().max(100_000_000);

/** A number of units above zero. */
export const units = z.int().positive().max(1_000_000);

/** A day, such as `2010-12-01`. */
export const day = z.iso.date();

/** A time of the shop's clock, such as `2010-12-01T08:26:00`. */
export const time = z.iso.datetime({ local: true, precision: 0 });

/** A customer's number, or null where it is not known. */
export const customer = z.string().min(1).max(20).nullable();

/** A country's name. */
export const country = z.string().trim().min(1).max(60);

/** The number of the sale that a return goes back to. */
export const invoice = z.string().regex(invoiceNumber, 'an invoice number: six digits');

/** One line of an invoice: `price` per unit, in pence. */
export const line = z.object({ product: code, units, price: amount });

/** The lines of one invoice. */
export const lines = z.array(line).min(1).max(1000);
