import { command, commands, type CommandsOptions } from 'cdk-database-patterns-lambda/cqrs';
import { sql } from 'cdk-database-patterns-lambda/stores';
import { z } from 'zod';
import { product } from '../product.js';

const { ProductCreated } = product.events;

/** The returned form: its statement, the commit and the outbox are one call to the database. */
export const creating = (options?: CommandsOptions) =>
  commands(
    product,
    {
      CreateProduct: command(
        z.strictObject({ description: z.string(), category: z.string(), price: z.int() }),
        ({ id, data }) => ({
          statements: [sql('insert into product (code, price) values (:id, :price)', { id, price: data.price })],
          events: [ProductCreated(data)],
        }),
      ),
    },
    options,
  );

export const handler = creating();
