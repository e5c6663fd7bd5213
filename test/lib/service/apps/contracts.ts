import { operation, stream, v1 } from 'cdk-database-patterns-lambda/contracts';
import * as z from 'zod';

/** What the catalog says about a product. */
export const product = stream('product', { PriceSet: v1(z.object({ pence: z.int().positive() })) });

/** What some units of a product cost. */
export const quote = operation('catalog', 'Quote', {
  takes: z.object({ product: z.string(), units: z.int().positive() }),
  gives: z.object({ pence: z.int() }),
});
