import { writeFileSync } from 'node:fs';
import type { Unusable } from './invoices.js';

/** Lists the rows that cannot be used in a file, each with its line and cause. */
export function listUnusable(file: string, rows: readonly Unusable[]): void {
  const columns = rows[0] ? Object.keys(rows[0].raw) : [];
  const lines = rows.map(({ line, cause, raw }) =>
    [line, cause, ...Object.values<string>({ ...raw })].map(field).join(),
  );
  writeFileSync(file, `${[['line', 'cause', ...columns].join(), ...lines].join('\n')}\n`);
}

/** How many rows per cause, the most frequent first. */
export function countByCause(rows: readonly Unusable[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const { cause } of rows) counts.set(cause, (counts.get(cause) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}

function field(value: string | number): string {
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
