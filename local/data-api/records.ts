import { parse as parseArray } from 'postgres-array';
import { DataApiError } from './errors.js';
import type { ColumnType } from './types.js';

/** Limits of the service. */
export const RESULT_LIMIT = 1024 * 1024;
export const ROW_LIMIT = 64 * 1024;
export const FORMATTED_LIMIT = 10 * 1024 * 1024;

/** How numbers are wanted. */
export interface ResultSetOptions {
  readonly decimalReturnType?: 'STRING' | 'DOUBLE_OR_LONG';
  readonly longReturnType?: 'LONG' | 'STRING';
}

/** A column of a result. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** The text that the engine sent, `null` for NULL. */
export type Row = readonly (string | null)[];

/**
 * The records as JSON text. Text, because a bigint has digits that a number of JavaScript does not.
 *
 * @throws DataApiError when a row or the whole is larger than the service allows
 */
export function recordsJson(columns: readonly Column[], rows: readonly Row[], options: ResultSetOptions): string {
  let size = 0;
  const records = rows.map((row) => {
    assertRow(row);
    const record = `[${row.map((value, index) => fieldJson(value, columnAt(columns, index).type, options)).join(',')}]`;
    size += Buffer.byteLength(record);
    if (size > RESULT_LIMIT) throw tooLarge('Database returned more than the allowed response size limit');
    return record;
  });
  return `[${records.join(',')}]`;
}

/** The rows as the service's JSON format: an array of objects by column label, itself JSON text. */
export function formattedRecords(columns: readonly Column[], rows: readonly Row[], options: ResultSetOptions): string {
  const duplicate = columns.find((column, index) => columns.findIndex(({ name }) => name === column.name) < index);
  if (duplicate) {
    throw new DataApiError(
      'UnsupportedResultException',
      `The result contains duplicate column names, which the JSON format cannot hold: ${duplicate.name}`,
    );
  }
  const objects = rows.map((row) => {
    assertRow(row);
    const members = row.map((value, index) => {
      const { name, type } = columnAt(columns, index);
      return `${JSON.stringify(name)}:${plainJson(value, type, options)}`;
    });
    return `{${members.join(',')}}`;
  });
  const text = `[${objects.join(',')}]`;
  if (Buffer.byteLength(text) > FORMATTED_LIMIT) {
    throw tooLarge('Database returned more than the allowed response size limit');
  }
  return text;
}

function fieldJson(text: string | null, type: ColumnType, options: ResultSetOptions): string {
  if (text === null) return '{"isNull":true}';
  if (type.element) return `{"arrayValue":${arrayJson(text, type.element)}}`;
  const [member, json] = scalarJson(text, type, options);
  return `{"${member}":${json}}`;
}

function scalarJson(text: string, type: ColumnType, options: ResultSetOptions): [member: string, json: string] {
  switch (type.field) {
    case 'boolean':
      return ['booleanValue', text === 't' ? 'true' : 'false'];
    case 'long':
      return options.longReturnType === 'STRING' ? ['stringValue', JSON.stringify(text)] : ['longValue', text];
    case 'double':
      return ['doubleValue', Number.isFinite(Number(text)) ? text : JSON.stringify(text)];
    case 'decimal':
      if (options.decimalReturnType !== 'DOUBLE_OR_LONG' || !Number.isFinite(Number(text))) {
        return ['stringValue', JSON.stringify(text)];
      }
      return [text.includes('.') ? 'doubleValue' : 'longValue', text];
    case 'blob':
      return ['blobValue', JSON.stringify(Buffer.from(text.slice(2), 'hex').toString('base64'))];
    case 'timestamptz':
    case 'timetz':
      // the session is in UTC, and the service leaves the offset out
      return ['stringValue', JSON.stringify(text.replace(/\+00$/, ''))];
    case 'string':
      return ['stringValue', JSON.stringify(text)];
  }
}

const ARRAY_KINDS: Partial<Record<ColumnType['field'], string>> = {
  boolean: 'booleanValues',
  long: 'longValues',
  double: 'doubleValues',
};

function arrayJson(text: string, element: ColumnType): string {
  const items: unknown[] = parseArray(text);
  const kind = ARRAY_KINDS[element.field] ?? 'stringValues';
  const json = items.map((item) => {
    if (typeof item !== 'string' && item !== null) {
      throw new DataApiError('UnsupportedResultException', 'The result contains a multidimensional array');
    }
    if (item === null) return 'null';
    if (element.field === 'blob') return JSON.stringify(item);
    return scalarJson(item, element, {})[1];
  });
  return `{"${kind}":[${json.join(',')}]}`;
}

/** A value inside the JSON format: plain JSON instead of a field. */
function plainJson(text: string | null, type: ColumnType, options: ResultSetOptions): string {
  if (text === null) return 'null';
  if (type.element) return /:(\[.*\])\}$/s.exec(arrayJson(text, type.element))?.[1] ?? '[]';
  return scalarJson(text, type, options)[1];
}

function assertRow(row: Row): void {
  const size = row.reduce((sum, value) => sum + (value === null ? 0 : Buffer.byteLength(value)), 0);
  if (size > ROW_LIMIT) throw tooLarge(`Database returned a row of ${size} bytes, more than the allowed ${ROW_LIMIT}`);
}

function tooLarge(message: string): DataApiError {
  return new DataApiError('UnsupportedResultException', message);
}

function columnAt(columns: readonly Column[], index: number): Column {
  const column = columns[index];
  if (!column) throw new DataApiError('InternalServerErrorException', `the result has no column ${index}`);
  return column;
}
