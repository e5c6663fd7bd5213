import * as os from 'node:os';
import type { Result } from './compare.js';
import type { Count } from './measurement.js';

/** What the numbers were measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** Load of the last minute when the run began: above 1 the times of this run say little. */
  readonly load: number;
  readonly node: string;
}

export function machine(): Machine {
  const cores = os.cpus();
  const load = Math.round((os.loadavg()[0] ?? 0) * 100) / 100;
  return { cpu: cores[0]?.model ?? 'unknown', cores: cores.length, load, node: process.version };
}

const HEAD = ['measurement', 'unit', 'kit p50', 'p99', 'bare p50', 'p99', 'ratio p50', 'p99', 'goal', ''];

/** The results as a table of Markdown, as docs/bench.md shows them. */
export function table(results: readonly Result[]): string {
  const rows = results.map((result) => [
    result.name,
    result.unit,
    number(result.kit.p50),
    number(result.kit.p99),
    number(result.bare.p50),
    number(result.bare.p99),
    result.ratio.toFixed(2),
    result.ratio99?.toFixed(2) ?? '',
    result.goal === undefined ? '' : `${result.better === 'low' ? '≤' : '≥'} ${result.goal}`,
    result.reached === undefined ? '' : result.reached ? 'reached' : 'missed',
  ]);
  return aligned([HEAD, ...rows]);
}

/** Counts as a table of Markdown, on average for one operation. */
export function countTable(counts: readonly Count[]): string {
  const rows = counts.map(({ what, requests, read, write }) => [
    what,
    ...[requests, read, write].map((n) => `${n ?? ''}`),
  ]);
  return aligned([['exact counts, for one', 'requests', 'read units', 'write units'], ...rows]);
}

/** Rows of text as a table of Markdown; the first is its head. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

function number(value: number): string {
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}
