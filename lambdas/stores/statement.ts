import type { SqlParameter } from '@aws-sdk/client-rds-data';
import { StatementError } from './errors.js';
import { parameterNames } from './lexer.js';
import { toParameter, type SqlParameters } from './values.js';

/** What a statement expects of its effect. */
export interface StatementOptions {
  /** How many rows it has to change or return. Default: any number. */
  readonly rows?: number;
  /** What is thrown if it is another number. Default: a StatementError `rows-differ`. */
  readonly otherwise?: Error;
}

/** One SQL statement with its parameters, as data. */
export interface Statement extends StatementOptions {
  readonly text: string;
  readonly params: SqlParameters;
}

/** The Data API's limit for the text of a statement, in characters. */
export const STATEMENT_LIMIT = 65_536;

/**
 * A statement as data.
 *
 * @param text - SQL with named parameters: `:price`
 * @example
 * sql('update product set price = :price where id = :id', { id, price }, { rows: 1, otherwise: notFound(`product ${id}`) })
 */
export function sql(text: string, params: SqlParameters = {}, options: StatementOptions = {}): Statement {
  return { ...options, text, params };
}

/**
 * The parameters that the text names, as the Data API takes them. Others are left out: PostgreSQL refuses what it does
 * not need.
 *
 * @throws StatementError `missing-parameter`, `invalid-parameter` or `too-long`.
 */
export function bind(text: string, params: SqlParameters): SqlParameter[] {
  if (text.length > STATEMENT_LIMIT) {
    throw new StatementError(
      'too-long',
      `the statement has ${text.length} characters, the Data API takes ${STATEMENT_LIMIT}: bind lists as one json(…) parameter`,
    );
  }
  return parameterNames(text).map((name) => {
    const value = params[name];
    if (value === undefined) {
      throw new StatementError('missing-parameter', `the statement names :${name}, which is not among its parameters`);
    }
    return toParameter(name, value);
  });
}

/** What a statement's effect has to be thrown for, if anything. */
export function unmet({ rows, otherwise }: StatementOptions, affected: number): Error | undefined {
  if (rows === undefined || rows === affected) return undefined;
  return (
    otherwise ??
    new StatementError('rows-differ', `the statement changed or returned ${affected} rows, it said ${rows}`)
  );
}
