import type { Column, Kind, Result, Value } from './engine.js';
import { DataApiError } from './errors.js';

/** What the service carries: the result's data, and its text in the JSON format. */
export const RESULT_LIMIT = 1024 * 1024;
export const FORMATTED_LIMIT = 10 * 1024 * 1024;
/** What its documentation says of a row; Aurora has been seen to carry larger ones. */
export const DOCUMENTED_ROW_LIMIT = 64 * 1024;

/** How numbers are wanted. */
export interface ResultSetOptions {
  /** Decimals as numbers instead of strings (`decimalReturnType: DOUBLE_OR_LONG`). */
  readonly wantsNumbers: boolean;
  /** Longs as strings instead of numbers (`longReturnType: STRING`). */
  readonly longsAsText: boolean;
}

/**
 * The records as JSON text. Text, because a bigint has digits that a number of JavaScript does not.
 *
 * @throws DataApiError `UnsupportedResultException` when the result is larger than the service allows
 */
export function recordsJson(result: Result, options: ResultSetOptions): string {
  assertSize(result);
  const records = result.rows.map((row) => {
    const fields = row.map((value, index) => fieldJson(value, columnAt(result.columns, index), options));
    return `[${fields.join(',')}]`;
  });
  return `[${records.join(',')}]`;
}

/** The rows as the service's JSON format: an array of objects by column label, itself JSON text. */
export function formattedRecords(result: Result, options: ResultSetOptions): string {
  const { columns, rows } = result;
  assertSize(result);
  const labels = columns.map(({ label }) => label);
  const duplicate = labels.find((label, index) => labels.indexOf(label) < index);
  if (duplicate !== undefined) {
    const message = `The result contains duplicate column names, which the JSON format cannot hold: ${duplicate}`;
    throw new DataApiError('UnsupportedResultException', message);
  }
  const objects = rows.map((row) => {
    const members = row.map((value, index) => {
      const column = columnAt(columns, index);
      return `${JSON.stringify(column.label)}:${plainJson(value, column.kind, options)}`;
    });
    return `{${members.join(',')}}`;
  });
  const text = `[${objects.join(',')}]`;
  if (Buffer.byteLength(text) > FORMATTED_LIMIT) {
    throw new DataApiError('UnsupportedResultException', 'The result exceeds the size limit 10 MB.');
  }
  return text;
}

/** @throws DataApiError `UnsupportedResultException` for a row that only the documentation does not allow */
export function assertRows({ rows }: Result): void {
  for (const row of rows) {
    const size = row.flat().reduce((sum, value) => sum + (value === null ? 0 : Buffer.byteLength(value)), 0);
    if (size <= DOCUMENTED_ROW_LIMIT) continue;
    const message = `The result has a row of ${size} bytes, over the documented limit of ${DOCUMENTED_ROW_LIMIT}.`;
    throw new DataApiError('UnsupportedResultException', message);
  }
}

function assertSize({ size }: Result): void {
  if (size > RESULT_LIMIT) {
    throw new DataApiError('UnsupportedResultException', 'The result exceeds the size limit 1 MB.');
  }
}

const LISTS: Readonly<Record<Kind, string>> = {
  boolean: 'booleanValues',
  long: 'longValues',
  double: 'doubleValues',
  decimal: 'stringValues',
  string: 'stringValues',
  blob: 'stringValues',
};

/** Options concern scalars only. */
const AS_IS: ResultSetOptions = { wantsNumbers: false, longsAsText: false };

function fieldJson(value: Value, { kind }: Column, options: ResultSetOptions): string {
  if (value === null) return '{"isNull":true}';
  if (typeof value !== 'string') return `{"arrayValue":{"${LISTS[kind]}":${plainJson(value, kind, AS_IS)}}}`;
  const [member, json] = scalarJson(value, kind, options);
  return `{"${member}":${json}}`;
}

/** A value inside the JSON format: plain JSON instead of a field. */
function plainJson(value: Value, kind: Kind, options: ResultSetOptions): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return scalarJson(value, kind, options)[1];
  return `[${value.map((item) => plainJson(item, kind, AS_IS)).join(',')}]`;
}

function scalarJson(text: string, kind: Kind, options: ResultSetOptions): [member: string, json: string] {
  const asText: [string, string] = ['stringValue', JSON.stringify(text)];
  switch (kind) {
    case 'boolean':
      return ['booleanValue', text];
    case 'long':
      return options.longsAsText ? asText : ['longValue', text];
    case 'double':
      return ['doubleValue', Number.isFinite(Number(text)) ? text : JSON.stringify(text)];
    case 'decimal':
      if (!options.wantsNumbers || !Number.isFinite(Number(text))) return asText;
      return [text.includes('.') ? 'doubleValue' : 'longValue', text];
    case 'blob':
      return ['blobValue', JSON.stringify(text)];
    case 'string':
      return asText;
  }
}

function columnAt(columns: readonly Column[], index: number): Column {
  const column = columns[index];
  if (!column) throw new DataApiError('InternalServerErrorException', `the result has no column ${index}`);
  return column;
}
