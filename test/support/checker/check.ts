import { commandViolations, historyViolations, logViolations, messageViolations } from './commits.js';
import type { Evidence, Violation } from './evidence.js';
import { readViolations } from './reads.js';
import { viewViolations } from './views.js';

/**
 * Compares what clients were told with what is there: nothing lost, nothing twice, nothing refused that is there all the
 * same, no answer older than its token, no hole in a stream, and each view exactly what an independent fold of the log
 * makes it.
 *
 * @returns what is wrong; nothing if all is well
 * @example
 * expect(check({ commands, log, views: [{ name: 'listing', streamName: 'product', found, fold: listing }] })).toEqual([]);
 */
export function check(evidence: Evidence): Violation[] {
  const { deadLetters = [], parked = [], unfinished = [], internal = [] } = evidence;
  return [
    ...unfinished.map((what): Violation => ({ rule: 'unfinished', subject: what, message: `${what} never rests` })),
    ...internal.map((what): Violation => ({
      rule: 'internal',
      subject: what,
      message: `${what} was answered with 500`,
    })),
    ...logViolations(evidence.log),
    ...commandViolations(evidence),
    ...messageViolations(evidence),
    ...historyViolations(evidence),
    ...viewViolations(evidence),
    ...readViolations(evidence),
    ...parked.map((what): Violation => ({ rule: 'parked', subject: what, message: `${what} stands still` })),
    ...deadLetters.map((what): Violation => ({ rule: 'dead-letter', subject: what, message: `${what} was given up` })),
  ];
}

/** A violation in one line. */
export function sentence({ rule, subject, message }: Violation): string {
  return `${rule}: ${message.startsWith(subject) ? message : `${subject}: ${message}`}`;
}
