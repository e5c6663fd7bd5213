import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { asking } from '../private/asking';
import { API_GATEWAY_TIMEOUT, LEAST_PROJECTION } from '../private/limits';

/**
 * Handlers in other languages than TypeScript. A function of yours, a *decider*, is asked what to do and answers with
 * data; a function of the kit asks it, writes, publishes and keeps versions. The decider has no rights to any store.
 *
 * @example
 * declare const notes: Service;
 * declare const store: PostgresStore;
 * declare const view: DynamoDbStore;
 * declare const decide: lambda.Function; // in Python, Java, Go …
 * declare const list: lambda.Function;
 * const handler = Decider.commands(notes, 'CommandHandler', decide);
 * const commands = new CommandApi(notes, 'Commands', { store, handler, stream: 'note' });
 * const keeper = Decider.projection(notes, 'ListingHandler', list);
 * new Projection(notes, 'Listing', { of: commands.stream, into: View.entity(view), handler: keeper });
 */
export class Decider {
  /**
   * The handler of a `CommandApi` over PostgreSQL whose commands are decided by another function.
   *
   * That function gets `{ name, id, data, expected, command, time }` and answers
   * `{ events: [{ type, v, data }], statements: [{ text, params, rows, otherwise }] }`, or
   * `{ refusal: { code, detail, status } }`. It may be asked again for the same command.
   *
   * @param scope the service that the handler belongs to, or below it
   * @param id the construct id
   * @param decider the function that decides; it checks the data of commands and events itself
   */
  public static commands(scope: Construct, id: string, decider: lambda.IFunction): lambda.Function {
    return asking(scope, id, decider, {
      handler: 'decided-commands',
      description: 'Commands that another function decides',
      timeout: Duration.seconds(API_GATEWAY_TIMEOUT),
    });
  }

  /**
   * The handler of a `Projection` into an entity view whose operations are decided by another function.
   *
   * That function gets the events of a commit, `{ events: [{ type, v, data, id, stream, version, time }] }`, and answers
   * `{ operations: [{ operation, fields }] }`, where an operation is `put`, `set` or `remove`. It may be asked again for
   * the same commit, and is for each rebuild.
   *
   * @param scope the service that the handler belongs to, or below it
   * @param id the construct id
   * @param decider the function that decides
   */
  public static projection(scope: Construct, id: string, decider: lambda.IFunction): lambda.Function {
    return asking(scope, id, decider, {
      handler: 'decided-projection',
      description: 'A view whose operations another function decides',
      timeout: Duration.seconds(3 * LEAST_PROJECTION),
    });
  }

  private constructor() {}
}
