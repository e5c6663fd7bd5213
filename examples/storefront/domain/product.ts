import { stream, v1 } from 'cdk-database-patterns-lambda/cqrs';
import * as z from 'zod';
import { amount, day } from './values.js';

/** The product exists from `since` on, at `price` pence. */
export const productCreated = z.object({
  description: z.string().min(1),
  category: z.string().min(1),
  price: amount,
  since: day,
});

/** The product costs `price` pence from `since` on. */
export const priceChanged = z.object({ price: amount, since: day });

/** What the catalog says about a product; the id is its code. */
export const product = stream('product', { ProductCreated: v1(productCreated), PriceChanged: v1(priceChanged) });
