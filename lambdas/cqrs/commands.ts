import type { Command, CommandContext, Decision } from './command.js';
import type { CommandService, CommandsHandler } from './command-service.js';
import type { Contract, EventsOf } from './contract.js';
import { postgresCommandService, type CommandsOptions } from './postgres-command-service.js';
import type { Stream } from './stream.js';

/**
 * The handler of all commands of a stream, with a write model on PostgreSQL: `POST /{stream}/{id}/{command}`.
 *
 * A command's id is its `Idempotency-Key`: repeating it gets the first answer and changes nothing. Changes, commit and
 * id are stored in one transaction; the commit is published after it and before the answer, or else by the sweep.
 *
 * @example
 * export const handler = commands(product, {
 *   CreateProduct: command(creation, ({ id, data }) => ({
 *     statements: [sql('insert into product (id, price) values (:id, :price)', { id, price: data.price })],
 *     events: ProductCreated(data),
 *   })),
 * });
 */
export function commands<C extends Contract>(
  stream: Stream<C>,
  handlers: Readonly<Record<string, Command<EventsOf<C>>>>,
  options: CommandsOptions = {},
): CommandsHandler {
  let service: CommandService<Omit<CommandContext, 'data'>, Decision> | undefined;
  return async (event, context) => {
    service ??= postgresCommandService(stream, new Map(Object.entries(handlers)), options);
    return service.answer(event, context);
  };
}
