import { stream, v1 } from 'cdk-database-patterns-lambda/cqrs';
import * as v from 'valibot';
import { amount, day, notEmpty } from './values.js';

/** The product exists from `since` on, at `price` pence. */
export const productCreated = v.object({
  description: v.pipe(v.string(), notEmpty),
  category: v.pipe(v.string(), notEmpty),
  price: amount,
  since: day,
});

/** The product costs `price` pence from `since` on. */
export const priceChanged = v.object({ price: amount, since: day });

/** What the catalog says about a product; the id is its code. */
export const product = stream('product', { ProductCreated: v1(productCreated), PriceChanged: v1(priceChanged) });
