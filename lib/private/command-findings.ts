import type { Duration } from 'aws-cdk-lib/core';
import { nameFindings, STREAM_NAME, rangeFindings } from './findings';

interface CommandSettings {
  readonly stream: string;
  readonly retention: Duration;
  readonly tokenValidity: Duration;
}

/** All that is wrong with the settings of a command API. */
export function commandFindings(settings: CommandSettings): string[] {
  const days = settings.retention.toDays({ integral: false });
  return [
    ...nameFindings('the stream', settings.stream, STREAM_NAME),
    ...(Number.isInteger(days) ? [] : [`retention is ${days} days; allowed: whole days`]),
    ...rangeFindings('retention in days', days, 1, 365),
    ...rangeFindings('tokenValidity in seconds', settings.tokenValidity.toSeconds(), 1, 30 * 86_400),
  ];
}
