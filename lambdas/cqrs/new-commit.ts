import type { CommandRequest } from './command-request.js';
import { commitText } from './envelope.js';
import type { DomainEvent } from './event.js';
import { COMMIT_LIMIT } from './limits.js';
import { Problem } from './problem.js';
import type { Stream } from './stream.js';
import { UsageError } from './usage-error.js';

/**
 * The text of a command's commit, its events checked against the contract.
 *
 * @throws Problem `commit-too-large` (413), before anything is written.
 */
export function newCommit(
  { stream, service }: { readonly stream: Stream; readonly service: string },
  request: CommandRequest,
  time: Date,
  events: readonly DomainEvent[],
): string {
  if (events.length === 0) {
    throw new UsageError(
      'no-event',
      `the handler of ${request.name} returned no event: a change without an event is lost to every view`,
    );
  }
  const commit = commitText({
    service,
    stream: stream.of(request.id),
    time,
    correlationId: request.correlationId,
    causationId: request.command,
    traceparent: request.traceparent,
    events: events.map((event) => stream.read(event)),
  });
  const size = Buffer.byteLength(commit, 'utf8');
  if (size > COMMIT_LIMIT) throw tooLarge('the events', size, COMMIT_LIMIT);
  return commit;
}

/** What a command would write is more than a store takes: 413, with the limit in bytes. */
export function tooLarge(what: string, size: number, limit: number): Problem {
  return new Problem('commit-too-large', 413, `${what} would take ${size} bytes, at most ${limit} are allowed`, {
    members: { limit },
  });
}
