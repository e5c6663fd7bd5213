import { dynamodbCommand, dynamodbCommands } from 'cdk-database-patterns-lambda/cqrs';
import { z } from 'zod';
import { product } from '../product.js';

const { ProductCreated } = product.events;

/** Looks at no history, so that its commit is one write. */
export const handler = dynamodbCommands(product, {
  CreateProduct: dynamodbCommand(
    z.strictObject({ description: z.string(), category: z.string(), price: z.int() }),
    ({ data }) => ProductCreated(data),
  ),
});
