import type { Row, Statements } from 'cdk-database-patterns-lambda/stores';
import type * as z from 'zod';
import type { returnedLine } from '../../domain/sale.js';
import { type Lines, numbered } from './lines.js';
import { insertReturn, lockSoldLines, matchReturn } from './sql.js';

/** A return's own values. */
export interface ReturnValues {
  readonly invoice: string;
  readonly customer: string | null;
  readonly country: string;
  readonly time: string;
}

/** A line of a return with what it matches. */
export type ReturnedLine = z.infer<typeof returnedLine>;

interface Match extends Row {
  readonly line: number;
  readonly sale: string;
  readonly sale_line: number;
  readonly units: number;
}

/** Writes a return and matches its lines with earlier sales: three statements, however many lines there are. */
export async function registerReturn(tx: Statements, values: ReturnValues, lines: Lines): Promise<ReturnedLine[]> {
  const { invoice, customer, time } = values;
  await tx.query(insertReturn, { ...values, lines: numbered(lines) });
  if (customer === null) return lines.map((line) => withMatches(line, []));
  await tx.query(lockSoldLines, { invoice, customer, time });
  const matches = await tx.query<Match>(matchReturn, { invoice, customer, time });
  return lines.map((line, index) =>
    withMatches(
      line,
      matches.filter((match) => match.line === index + 1),
    ),
  );
}

function withMatches(line: Lines[number], matches: readonly Match[]): ReturnedLine {
  const matched = matches.map(({ sale, sale_line, units }) => ({ sale, line: sale_line, units }));
  const unmatched = matched.reduce((left, { units }) => left - units, line.units);
  return { ...line, matched, unmatched };
}
