/** What makes a line of a log a metric: the embedded metric format of CloudWatch. */
export interface MetricDirective {
  /** In milliseconds since 1970. */
  readonly Timestamp: number;
  readonly CloudWatchMetrics: readonly {
    readonly Namespace: string;
    readonly Dimensions: readonly (readonly string[])[];
    readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
  }[];
}

/** One line of a log: what happened and the facts to find it by. Never a payload, never a secret. */
export interface LogEntry {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly [fact: string]: string | number | boolean | undefined | MetricDirective;
}

/** Takes log entries. */
export type Log = (entry: LogEntry) => void;

/** Writes each entry as a line of JSON, which CloudWatch can query by its facts. */
export const systemLog: Log = (entry) => {
  const line = JSON.stringify(entry);
  // Lambda's console puts a time and a request id before the line, and then it is no metric any more.
  if (entry['_aws'] === undefined) console[entry.level](line);
  else process.stdout.write(`${line}\n`);
};

/** What an error is called and what it says, for a log. */
export function said(error: unknown): { error: string; reason: string } {
  if (!(error instanceof Error)) return { error: typeof error, reason: String(error) };
  return { error: 'code' in error ? String(error.code) : error.name, reason: error.message };
}
