import { InvalidArgumentError, type Command } from 'commander';

/** What a rebuild is started with. */
export interface Input {
  readonly rate?: number;
  readonly keep?: number;
  readonly segments?: number;
  readonly settle?: number;
  readonly resume?: true;
  readonly rollback?: true;
}

// What a rebuild takes is checked before it is started: an execution that is refused fails, and rings its alarm.

/** No longer than this may be waited, in seconds: 300 days. */
const LONGEST = 300 * 86_400;
const MOST_SEGMENTS = 64;

export const rateOption = (command: Command): Command =>
  command.option('--rate <n>', 'commits a second at most', positive);

export const segmentsOption = (command: Command): Command =>
  command.option('--segments <n>', 'how many parts of history are worked on at once, 1 to 64 (default: 8)', segments);

/** How long is waited between two steps, and before what is not read any more is dropped. */
export const waitOptions = (command: Command, otherwise: { readonly settle: string; readonly keep: string }): Command =>
  command
    .option('--settle <seconds>', `how long functions may work by an older state (default: ${otherwise.settle})`, span)
    .option('--keep <seconds>', `for how long the view of before is kept (default: ${otherwise.keep})`, span);

function positive(value: string): number {
  const parsed = numberIn(value);
  if (!(parsed > 0)) throw new InvalidArgumentError('It must be a number above 0.');
  return parsed;
}

function segments(value: string): number {
  const parsed = numberIn(value);
  if (!Number.isInteger(parsed) || parsed < 1 || parsed > MOST_SEGMENTS) {
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${MOST_SEGMENTS}.`);
  }
  return parsed;
}

function span(value: string): number {
  const parsed = numberIn(value);
  if (!(parsed >= 0 && parsed <= LONGEST)) {
    throw new InvalidArgumentError(`It must be seconds from 0 to ${LONGEST}, which are 300 days.`);
  }
  return parsed;
}

function numberIn(value: string): number {
  return value.trim() === '' || !Number.isFinite(Number(value)) ? NaN : Number(value);
}
