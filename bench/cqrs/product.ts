import { stream, v1 } from 'cdk-database-patterns-lambda/cqrs';
import { z } from 'zod';

/** What the measurements publish and follow. */
export const product = stream('product', {
  ProductCreated: v1(z.object({ description: z.string(), category: z.string(), price: z.int() })),
  PriceChanged: v1(z.object({ price: z.int(), since: z.string() })),
});
