/** One line of a log: what happened and the facts to find it by. Never a payload, never a secret. */
export interface LogEntry {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly [fact: string]: string | number | boolean | undefined;
}

/** Takes log entries. */
export type Log = (entry: LogEntry) => void;

/** Writes each entry as a line of JSON, which CloudWatch can query by its facts. */
export const systemLog: Log = (entry) => {
  console[entry.level](JSON.stringify(entry));
};

/** What an error is called and what it says, for a log. */
export function said(error: unknown): { error: string; reason: string } {
  if (!(error instanceof Error)) return { error: typeof error, reason: String(error) };
  return { error: 'code' in error ? String(error.code) : error.name, reason: error.message };
}
