import type { RDSDataClient } from '@aws-sdk/client-rds-data';
import type { Case, DatabaseEngine } from './case.js';
import { runCase, type Difference, type Target } from './run.js';
import { TABLE } from './table.js';

/** Which rows are asked, and how the answers are written. */
export interface ReportOptions {
  readonly engine: DatabaseEngine;
  readonly slow: boolean;
  readonly json: boolean;
  readonly write: (text: string) => void;
}

/**
 * Asks a database what each row of the table says and writes what it answered.
 *
 * @returns how many rows that rest on documentation or observation the database contradicts
 */
export async function report(client: RDSDataClient, target: Target, options: ReportOptions): Promise<number> {
  const rows = TABLE.filter(({ engine, slow }) => engine === options.engine && (options.slow || !slow));
  let contradicted = 0;
  for (const row of rows) {
    const differences = await runCase(client, target, row);
    const verdict = verdictOn(row, differences);
    if (verdict === 'differs') contradicted += 1;
    options.write(
      options.json ? `${JSON.stringify({ ...brief(row), verdict, differences })}\n` : told(row, verdict, differences),
    );
  }
  if (!options.json) options.write(`${rows.length} rows, ${contradicted} contradicted\n`);
  return contradicted;
}

type Verdict = 'as written' | 'differs' | 'noted';

/** Where nothing was known, the answer is news, and no fault. */
function verdictOn({ confidence }: Case, { length }: readonly Difference[]): Verdict {
  if (length === 0) return 'as written';
  return confidence === 'documented' || confidence === 'observed' ? 'differs' : 'noted';
}

function brief({ id, says, confidence, source }: Case) {
  return { id, says, confidence, source };
}

function told({ id, says, confidence, source }: Case, verdict: Verdict, differences: readonly Difference[]): string {
  const lines = [`${verdict.padEnd(11)} ${id.padEnd(14)} ${says} (${confidence})`];
  if (differences.length > 0) lines.push(`            ${source}`);
  for (const { step, expected, found } of differences) {
    lines.push(`            call ${step}: expected ${short(expected)}`, `            found    ${short(found)}`);
  }
  return `${lines.join('\n')}\n`;
}

const LONGEST = 400;

function short(value: unknown): string {
  const text = JSON.stringify(value, (_name, member: unknown) => (member instanceof RegExp ? String(member) : member));
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
