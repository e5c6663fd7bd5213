import type { ArrayValue, ColumnMetadata, Field, SqlParameter, TypeHint } from '@aws-sdk/client-rds-data';
import { StatementError } from './errors.js';

/** A value that is sent with a type of its own. Made by `json`, `decimal`, `uuid` and `date`. */
export class TypedValue {
  constructor(
    readonly text: string,
    readonly hint: TypeHint,
  ) {}
}

/** What can be bound to a parameter. The Data API takes no arrays: use `json(list)` and `json_array_elements`. */
export type SqlValue = string | number | bigint | boolean | null | Date | Uint8Array | TypedValue;

/** Parameters by name: `:price` in the text is `price` here. */
export type SqlParameters = Readonly<Record<string, SqlValue>>;

/** What a column holds, as it is read. */
export type ColumnValue = Json | Date | Uint8Array | ColumnValue[];

/** What JSON can say. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** A row by column names. */
export type Row = Record<string, ColumnValue>;

/** A value as `json` or `jsonb`. */
export const json = (value: unknown): TypedValue => new TypedValue(JSON.stringify(value), 'JSON');

/** An exact number, `decimal('1.20')`. */
export const decimal = (value: string): TypedValue => new TypedValue(value, 'DECIMAL');

/** A UUID. */
export const uuid = (value: string): TypedValue => new TypedValue(value, 'UUID');

/** A day, `date('2010-12-01')`. */
export const date = (value: string): TypedValue => new TypedValue(value, 'DATE');

/**
 * A value as the Data API takes it. A `Date` becomes a timestamp in UTC, a whole number a `bigint`, any other number a
 * `double precision`.
 *
 * @throws StatementError `invalid-parameter`; its message names the parameter, never the value.
 */
export function toParameter(name: string, value: SqlValue): SqlParameter {
  if (value instanceof TypedValue) return { name, value: { stringValue: value.text }, typeHint: value.hint };
  if (value instanceof Date) return { name, value: { stringValue: timestamp(name, value) }, typeHint: 'TIMESTAMP' };
  if (typeof value === 'bigint' && !Number.isSafeInteger(Number(value))) {
    return { name, value: { stringValue: value.toString() }, typeHint: 'DECIMAL' };
  }
  return { name, value: toField(name, value) };
}

function toField(name: string, value: string | number | bigint | boolean | null | Uint8Array): Field {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'boolean':
      return { booleanValue: value };
    case 'bigint':
      return { longValue: Number(value) };
    case 'number':
      if (Number.isSafeInteger(value)) return { longValue: value };
      if (Number.isFinite(value)) return { doubleValue: value };
      throw invalidParameter(name, 'a number must be finite');
    default:
      if (value === null) return { isNull: true };
      if (value instanceof Uint8Array) return { blobValue: value };
      throw invalidParameter(
        name,
        `${typeof value} cannot be bound; use null for nothing and json(value) for structures`,
      );
  }
}

function timestamp(name: string, value: Date): string {
  if (Number.isNaN(value.getTime())) throw invalidParameter(name, 'the date is invalid');
  return value.toISOString().replace('T', ' ').replace('Z', '');
}

function invalidParameter(name: string, reason: string): StatementError {
  return new StatementError('invalid-parameter', `the parameter :${name} cannot be sent: ${reason}`);
}

/** The rows of a result by their column names. A later column of the same name wins, as everywhere. */
export function toRows(records: readonly Field[][] = [], columns: readonly ColumnMetadata[] = []): Row[] {
  return records.map((record) =>
    Object.fromEntries(
      record.map((field, index) => {
        const column = columns[index] ?? {};
        return [column.label ?? column.name ?? `column${index + 1}`, fromField(field, column.typeName ?? '')];
      }),
    ),
  );
}

function fromField(field: Field, type: string): ColumnValue {
  if (field.isNull) return null;
  if (field.stringValue !== undefined) return fromText(field.stringValue, type);
  return field.longValue ?? field.doubleValue ?? field.booleanValue ?? field.blobValue ?? fromArray(field);
}

/** `numeric` and `date` stay texts: JavaScript has no exact type for them. */
function fromText(value: string, type: string): ColumnValue {
  switch (type) {
    case 'json':
    case 'jsonb':
      return JSON.parse(value) as Json;
    case 'timestamp':
    case 'timestamptz': {
      const zoned = /(Z|[+-]\d{2}(:?\d{2})?)$/.test(value) ? value.replace(/([+-]\d{2})$/, '$1:00') : `${value}Z`;
      const read = new Date(zoned.replace(' ', 'T'));
      return Number.isNaN(read.getTime()) ? value : read;
    }
    default:
      return value;
  }
}

function fromArray({ arrayValue }: { readonly arrayValue?: ArrayValue | null }): ColumnValue[] {
  if (!arrayValue) return [];
  if (arrayValue.arrayValues !== undefined)
    return arrayValue.arrayValues.map((value) => fromArray({ arrayValue: value }));
  return arrayValue.stringValues ?? arrayValue.longValues ?? arrayValue.doubleValues ?? arrayValue.booleanValues ?? [];
}
