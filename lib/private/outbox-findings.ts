import { rangeFindings } from './findings';
import { LONGEST_COMMAND } from './limits';
import type { OutboxDemand } from './outbox-demand';
import { timeoutOf } from './wiring';

/** A commit is needed until every queue has brought it, which keep it for 7 days. */
const LEAST_HISTORY = 8;
const MOST_HISTORY = 36_500;

/** All that is wrong with what a command API asks of an outbox in PostgreSQL. */
export function postgresOutboxFindings(demand: OutboxDemand): string[] {
  const timeout = timeoutOf(demand.handler)?.toSeconds();
  const history = demand.historyRetention?.toDays({ integral: false });
  const retention = demand.retention.toDays({ integral: false });
  return [
    ...(timeout !== undefined && timeout > LONGEST_COMMAND
      ? [
          `the handler's timeout is ${timeout} s; allowed: ${LONGEST_COMMAND} s, because the sweep that publishes what ` +
            'it left behind has to be due later, and SQS delays a message by 900 s at most: set a shorter timeout',
        ]
      : []),
    ...(history === undefined || Number.isInteger(history)
      ? []
      : [`historyRetention is ${history} days; allowed: whole days`]),
    ...rangeFindings('historyRetention in days', history, LEAST_HISTORY, MOST_HISTORY),
    ...(history !== undefined && history <= retention
      ? [
          `historyRetention is ${history} days and retention ${retention}; allowed: a longer historyRetention, because the ` +
            'answer of a repeated command points at its commit: raise historyRetention',
        ]
      : []),
  ];
}

/** All that is wrong with what a command API asks of a store of commits. */
export function commitOutboxFindings(demand: OutboxDemand): string[] {
  return demand.historyRetention === undefined
    ? []
    : [
        'historyRetention is given, and the store is a CommitStore, whose commits are the data and stay; leave ' +
          'historyRetention out',
      ];
}
