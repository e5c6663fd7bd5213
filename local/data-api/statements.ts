import type pg from 'pg';
import { DataApiError, fromEngine } from './errors.js';
import { columnMetadata } from './metadata.js';
import { bind, type SqlParameter } from './parameters.js';
import { formattedRecords, recordsJson, type Column, type ResultSetOptions } from './records.js';
import { columnType } from './types.js';

/** The body of ExecuteStatement that concerns the statement itself. */
export interface StatementRequest {
  readonly sql?: string;
  readonly parameters?: readonly SqlParameter[];
  readonly includeResultMetadata?: boolean;
  readonly continueAfterTimeout?: boolean;
  readonly resultSetOptions?: ResultSetOptions;
  readonly formatRecordsAs?: 'NONE' | 'JSON';
}

const SQL_LIMIT = 65_536;
/** The engine's own text, so that nothing is lost on the way. */
const AS_TEXT = { getTypeParser: () => (value: string) => value };

/**
 * Runs one statement and answers the response's JSON.
 *
 * @param timeout milliseconds after which the caller is answered when the statement shall go on
 * @throws DataApiError
 */
export async function execute(client: pg.ClientBase, request: StatementRequest, timeout: number): Promise<string> {
  const { sql } = request;
  if (!sql?.trim()) throw new DataApiError('BadRequestException', 'sql is missing');
  if (sql.length > SQL_LIMIT) {
    throw new DataApiError('BadRequestException', `Number of characters in SQLStatement is longer than ${SQL_LIMIT}`);
  }
  const bound = bind(sql, request.parameters ?? []);
  const result = await query(client, bound, request.continueAfterTimeout ? timeout : undefined);
  return respond(client, result, request);
}

async function query(
  client: pg.ClientBase,
  bound: { text: string; values: (string | Buffer)[] },
  answerAfter: number | undefined,
): Promise<pg.QueryArrayResult<(string | null)[]>> {
  // the extended protocol, also without parameters, because it takes one statement only
  const config = { ...bound, rowMode: 'array' as const, types: AS_TEXT, queryMode: 'extended' };
  try {
    if (answerAfter === undefined) return await client.query<(string | null)[]>(config);
    await client.query('SET statement_timeout = 0');
    const running = client.query<(string | null)[]>(config).finally(() => client.query('RESET statement_timeout'));
    return await Promise.race([running, expire(running, answerAfter)]);
  } catch (error) {
    throw fromEngine(error);
  }
}

/** Answers the caller in time; the statement goes on, and its session is given back when it ends. */
async function expire(running: Promise<unknown>, timeout: number): Promise<never> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, timeout);
    running.then(
      () => clearTimeout(timer),
      () => clearTimeout(timer),
    );
  });
  throw new DataApiError('StatementTimeoutException', 'Request timed out', { running });
}

async function respond(
  client: pg.ClientBase,
  result: pg.QueryArrayResult<(string | null)[]>,
  request: StatementRequest,
): Promise<string> {
  const options = request.resultSetOptions ?? {};
  const columns: Column[] = result.fields.map((field) => ({ name: field.name, type: columnType(field.dataTypeID) }));
  const hasResult = columns.length > 0;
  const updated = hasResult ? 0 : countOf(result);
  const parts = [`"numberOfRecordsUpdated":${updated}`];
  if (hasResult && request.formatRecordsAs === 'JSON') {
    parts.push(`"formattedRecords":${JSON.stringify(formattedRecords(columns, result.rows, options))}`);
    return `{${parts.join(',')}}`;
  }
  if (hasResult) parts.push(`"records":${recordsJson(columns, result.rows, options)}`);
  else parts.push('"generatedFields":[]');
  if (request.includeResultMetadata && hasResult) {
    parts.push(`"columnMetadata":${JSON.stringify(await columnMetadata(client, result.fields))}`);
  }
  return `{${parts.join(',')}}`;
}

/** What stays in a session when its statement has ended, at the beginning of a statement or within it. */
const LASTING =
  /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*(?:set|reset|listen|prepare|declare|create\s+temp(?:orary)?)\b|set_config|pg_(?:try_)?advisory_lock/i;

/**
 * Whether a statement left something behind in its session: an open transaction, or what the statement's text tells.
 * Callers share sessions, so that one is not used again.
 */
export function changesSession(client: pg.ClientBase, sql: string | undefined): boolean {
  return client.getTransactionStatus() !== 'I' || LASTING.test(sql ?? '');
}

function countOf(result: pg.QueryArrayResult): number {
  return ['INSERT', 'UPDATE', 'DELETE', 'MERGE'].includes(result.command) ? (result.rowCount ?? 0) : 0;
}
