import type { Duration } from 'aws-cdk-lib/core';
import { nameFindings, STREAM_NAME, rangeFindings } from './findings';
import { LONGEST_COMMAND } from './limits';

interface CommandSettings {
  readonly stream: string;
  readonly retention: Duration;
  readonly tokenValidity: Duration;
  /** The handler's time-out, where it is known. */
  readonly timeout?: Duration;
}

/** All that is wrong with the settings of a command API. */
export function commandFindings(settings: CommandSettings): string[] {
  const days = settings.retention.toDays({ integral: false });
  const timeout = settings.timeout?.toSeconds();
  return [
    ...nameFindings('the stream', settings.stream, STREAM_NAME),
    ...(Number.isInteger(days) ? [] : [`retention is ${days} days; allowed: whole days`]),
    ...rangeFindings('retention in days', days, 1, 365),
    ...rangeFindings('tokenValidity in seconds', settings.tokenValidity.toSeconds(), 1, 30 * 86_400),
    ...(timeout !== undefined && timeout > LONGEST_COMMAND
      ? [
          `the handler's timeout is ${timeout} s; allowed: ${LONGEST_COMMAND} s, because the sweep that publishes what ` +
            'it left behind has to be due later, and SQS delays a message by 900 s at most: set a shorter timeout',
        ]
      : []),
  ];
}
