import type { Parameter, Result, Session } from './engine.js';
import { DataApiError } from './errors.js';
import { readParameters } from './parameters.js';
import { assertRows, formattedRecords, recordsJson, RESULT_LIMIT } from './records.js';
import type { Request } from './request.js';

/** What of a request concerns the statement itself. */
export type StatementRequest = Pick<
  Request,
  'sql' | 'parameters' | 'includeResultMetadata' | 'resultSetOptions' | 'formatRecordsAs'
>;

type Runs = Pick<Session, 'run'>;

/**
 * Runs one statement, however long it takes, and answers the response's JSON.
 *
 * @throws DataApiError
 */
export async function execute(
  session: Runs,
  request: StatementRequest,
  { documentedLimits = false }: { readonly documentedLimits?: boolean | undefined } = {},
): Promise<string> {
  const parameters = readParameters(request.parameters);
  const asJson = request.formatRecordsAs === 'JSON';
  const describe = request.includeResultMetadata && !asJson;
  const result = await run(session, request.sql, parameters, describe);
  if (documentedLimits) assertRows(result);
  const parts = [`"numberOfRecordsUpdated":${result.updated}`];
  if (result.columns.length === 0) {
    parts.push(`"generatedFields":${generatedJson(result)}`);
  } else if (asJson) {
    parts.push(`"formattedRecords":${JSON.stringify(formattedRecords(result, request.resultSetOptions))}`);
  } else {
    parts.push(`"records":${recordsJson(result, request.resultSetOptions)}`);
    if (result.metadata) parts.push(`"columnMetadata":${JSON.stringify(result.metadata)}`);
  }
  return `{${parts.join(',')}}`;
}

/**
 * Runs one statement with one set of parameters after the other; the first that fails ends it. Outside a transaction
 * each set is committed by itself, which is the less kind of the two readings that the service's documentation allows.
 *
 * @throws DataApiError
 */
export async function executeBatch(
  session: Runs,
  request: Pick<Request, 'sql' | 'parameterSets'>,
  signal: AbortSignal,
): Promise<string> {
  const sets = request.parameterSets.map(readParameters);
  const results: string[] = [];
  for (const parameters of sets) {
    if (signal.aborted) break;
    results.push(`{"generatedFields":${generatedJson(await run(session, request.sql, parameters, false))}}`);
  }
  return `{"updateResults":[${results.join(',')}]}`;
}

function run(session: Runs, sql: string, parameters: ReadonlyMap<string, Parameter>, describe: boolean) {
  if (sql.trim() === '') throw new DataApiError('ValidationException', 'sql is empty');
  return session.run({ sql, parameters, describe, sizeLimit: RESULT_LIMIT });
}

function generatedJson({ generated }: Result): string {
  return generated === undefined ? '[]' : `[{"longValue":${generated}}]`;
}
