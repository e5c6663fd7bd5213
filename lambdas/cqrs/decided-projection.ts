import { isObject } from '../private/is-object.js';
import { DeciderError, invalidAnswer, type Decider } from './decider.js';
import { entityKind } from './entity-kind.js';
import { put, remove, set, type EntityOperation } from './entity-operations.js';
import type { Envelope } from './envelope.js';
import { eventsOf, fromCommit } from './event-handlers.js';
import { PoisonError } from './poison.js';
import { projectionHandler, type ProjectionHandler, type ProjectionOptions } from './projection-handler.js';

/**
 * The handler that keeps an entity view whose operations are decided elsewhere: the decider gets the events of a commit as
 * `{ events: [{ type, v, data, id, stream, version, time, … }] }` and answers `{ operations: [{ operation, fields }] }`.
 *
 * What the decider cannot decide is poison, as with a handler of its own; a decider that is throttled is asked again.
 */
export function decidedProjection(
  streamName: string,
  decider: Decider,
  options: ProjectionOptions = {},
): ProjectionHandler {
  return projectionHandler(
    entityKind((commit) => operationsOf(commit, decider), options.table),
    streamName,
    options,
  );
}

async function operationsOf(commit: Envelope, decider: Decider): Promise<readonly EntityOperation[]> {
  const events = eventsOf(commit).map((event) => fromCommit(commit, event));
  try {
    const answer = await decider({ events });
    const operations = isObject(answer) ? answer['operations'] : undefined;
    if (!Array.isArray(operations)) throw invalidAnswer('it must be an object with a list of operations');
    return operations.map(operationOf);
  } catch (cause) {
    if (!(cause instanceof DeciderError)) throw cause;
    throw new PoisonError('handler-failed', `${commit.id} is not decided: ${cause.message}`, { cause });
  }
}

function operationOf(given: unknown): EntityOperation {
  const { operation, fields } = isObject(given) ? given : {};
  if (operation === 'remove') return remove();
  if (isObject(fields) && operation === 'put') return put(fields);
  if (isObject(fields) && operation === 'set') return set(fields);
  throw invalidAnswer('an operation is put or set, with fields, or remove');
}
