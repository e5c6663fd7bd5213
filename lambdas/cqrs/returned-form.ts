import { changesRows, outerWords, renameParameters, splitStatements, StatementError } from '../stores/index.js';
import type { PostgresClient, SqlParameters, SqlValue, Statement } from '../stores/index.js';
import { appendCall, appendParameters, recordedRow } from './outbox.js';
import type { Append, AppendedRow, OutboxTimes } from './outbox.js';
import type { Recorded } from './write-model.js';

/** One SQL statement and its parameters. */
export interface Composed {
  readonly text: string;
  readonly params: SqlParameters;
}

/**
 * The statements of a command and its append as one SQL statement: data-modifying CTEs, which commit or fail together.
 *
 * They run in their order, and the append is the last, as in a transaction: if one form locked the stream before the
 * rows and the other one after them, commands of both forms for one entity would end in deadlocks. The append's
 * argument that depends on the counts is what keeps that order.
 *
 * @throws StatementError if a text holds several statements.
 */
export function compose(statements: readonly Statement[], append: Append, times: OutboxTimes): Composed {
  const params: Record<string, SqlValue> = { ...appendParameters(append, times) };
  if (statements.length === 0) return { text: `select version, recorded_at from ${appendCall()}`, params };
  const parts: string[] = [];
  const checks: string[] = [];
  statements.forEach((statement, index) => {
    const number = index + 1;
    const name = `dbp_${number}`;
    for (const [key, value] of Object.entries(statement.params)) params[`${name}_${key}`] = value;
    parts.push(`${name} as materialized (${countable(statement.text, (key) => `${name}_${key}`)}\n)`);
    const count = `(select count(*) from ${name})`;
    if (statement.rows === undefined) checks.push(`${count} >= 0`);
    else {
      params[`k_rows_${number}`] = statement.rows;
      checks.push(`dbpatterns.require(${number}, ${count}, cast(:k_rows_${number} as bigint))`);
    }
  });
  parts.push(`dbp_done as materialized (select ${checks.join('\n  and ')} as done)`);
  const appended = appendCall('case when d.done then cast(:k_stream as text) end');
  return {
    text: `with ${parts.join(',\n')}\nselect a.version, a.recorded_at from dbp_done d cross join lateral ${appended} a`,
    params,
  };
}

/** Runs the composed statement. Running it twice does no harm, since the command's id is unique. */
export async function runComposed(
  db: PostgresClient,
  statements: readonly Statement[],
  append: Append,
  times: OutboxTimes,
): Promise<Recorded> {
  const { text, params } = compose(statements, append, times);
  const [row] = await db.query<AppendedRow>(text, params, { idempotent: true });
  return recordedRow(append.stream, row);
}

/** A CTE's rows are what it returns, so a statement that changes rows has to return something for each. */
function countable(text: string, rename: (name: string) => string): string {
  const [only, ...others] = splitStatements(text);
  if (only === undefined || others.length > 0) {
    throw new StatementError(
      'several-statements',
      'sql(…) takes exactly one statement: return several of them instead',
    );
  }
  const renamed = renameParameters(only, rename);
  return changesRows(only) && !outerWords(only).includes('returning') ? `${renamed}\nreturning 1` : renamed;
}
