import { changesRows, outerWords, renameParameters, splitStatements, StatementError } from '../stores/index.js';
import type { PostgresClient, SqlParameters, SqlValue, Statement } from '../stores/index.js';
import { APPEND, appendParameters, recordedRow } from './outbox.js';
import type { Append, AppendedRow, OutboxTimes, Recorded } from './outbox.js';

/** One SQL statement and its parameters. */
export interface Composed {
  readonly text: string;
  readonly params: SqlParameters;
}

/**
 * The statements of a command and its append as one SQL statement: data-modifying CTEs, which commit or fail together.
 * The append comes first, so that a repeat or a conflict is found before anything else is done.
 *
 * @throws StatementError if a text holds several statements.
 */
export function compose(statements: readonly Statement[], append: Append, times: OutboxTimes): Composed {
  const params: Record<string, SqlValue> = { ...appendParameters(append, times) };
  const parts = [`dbp_append as materialized (select version, recorded_at from ${APPEND})`];
  const columns = ['a.version', 'a.recorded_at'];
  statements.forEach((statement, index) => {
    const name = `dbp_${index + 1}`;
    for (const [key, value] of Object.entries(statement.params)) params[`${name}_${key}`] = value;
    parts.push(`${name} as materialized (${countable(statement.text, (key) => `${name}_${key}`)}\n)`);
    const count = `(select count(*) from ${name})`;
    if (statement.rows === undefined) columns.push(`${count} as ${name}`);
    else {
      params[`k_rows_${index + 1}`] = statement.rows;
      columns.push(`dbpatterns.require(${index + 1}, ${count}, cast(:k_rows_${index + 1} as bigint)) as ${name}`);
    }
  });
  return { text: `with ${parts.join(',\n')}\nselect ${columns.join(', ')}\nfrom dbp_append a`, params };
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
