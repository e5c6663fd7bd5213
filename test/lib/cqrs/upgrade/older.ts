import { z } from 'zod';
import { dynamodbCommand, dynamodbCommands, projection, put, stream, v1 } from '../../../../lambdas/cqrs/index.js';

/** The contract in its first version: prices are in pounds. */
const product = stream('product', { PriceSet: v1(z.object({ pounds: z.number() })) });

export const commands = dynamodbCommands(product, {
  SetPrice: dynamodbCommand(z.strictObject({ pounds: z.number().positive() }), ({ data }) =>
    product.events.PriceSet(data),
  ),
});

export const listing = projection(product, { PriceSet: ({ data }) => put({ pounds: data.pounds }) });
