import { dynamodbCommand, dynamodbCommands, refusal } from 'cdk-database-patterns-lambda/cqrs';
import { serve } from 'cdk-database-patterns-lambda/service';
import * as z from 'zod';
import { product, quote } from './contracts.js';

const setPrice = z.strictObject({ pence: z.int().positive() });

export const commands = dynamodbCommands(product, {
  SetPrice: dynamodbCommand(setPrice, ({ data }) => product.events.PriceSet(data)),
});

export const quoted = serve(quote, ({ product, units }) => {
  if (units > 100) throw refusal('too-many', `${product} is sold by up to 100`);
  return { pence: 250 * units };
});
