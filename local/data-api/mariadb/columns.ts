import mysql, { type FieldPacket } from 'mysql2';
import type { Column, ColumnMetadata, Kind } from '../engine.js';
import { DataApiError } from '../errors.js';

const { Types } = mysql;

/** A type as the service describes it: how its values travel, its name, JDBC's code. */
interface ColumnType {
  readonly kind: Kind;
  readonly name: string;
  readonly jdbc: number;
  /** Digits or characters that the engine does not tell in that form. */
  readonly precision?: number;
}

const NOT_NULL = 1;
const UNSIGNED = 32;
const ENUM = 256;
const AUTO_INCREMENT = 512;
const SET = 2048;
/** Number of the character set of what is no text. */
const BINARY = 63;
const BYTES_PER_CHARACTER = 4;

/** What the driver tells of a column. */
type Field = Required<Pick<FieldPacket, 'columnType' | 'columnLength' | 'characterSet'>> &
  Pick<FieldPacket, 'name' | 'orgName' | 'orgTable' | 'decimals' | 'extendedFormat'> & { readonly flags: number };

const type = (kind: Kind, name: string, jdbc: number, precision?: number): ColumnType => ({
  kind,
  name,
  jdbc,
  ...(precision === undefined ? {} : { precision }),
});

const INTEGERS = new Map([
  [Types.TINY, type('long', 'TINYINT', -6, 3)],
  [Types.SHORT, type('long', 'SMALLINT', 5, 5)],
  [Types.INT24, type('long', 'MEDIUMINT', 4, 7)],
  [Types.LONG, type('long', 'INT', 4, 10)],
  [Types.LONGLONG, type('long', 'BIGINT', -5, 19)],
]);

const OTHERS = new Map([
  [Types.FLOAT, type('double', 'FLOAT', 7)],
  [Types.DOUBLE, type('double', 'DOUBLE', 8)],
  [Types.DECIMAL, type('decimal', 'DECIMAL', 3)],
  [Types.NEWDECIMAL, type('decimal', 'DECIMAL', 3)],
  [Types.BIT, type('boolean', 'BIT', -7)],
  [Types.YEAR, type('long', 'YEAR', 91)],
  [Types.DATE, type('string', 'DATE', 91)],
  [Types.TIME, type('string', 'TIME', 92)],
  [Types.DATETIME, type('string', 'DATETIME', 93)],
  [Types.TIMESTAMP, type('string', 'TIMESTAMP', 93)],
  [Types.JSON, type('string', 'JSON', -1)],
  [Types.NULL, type('string', 'NULL', 0)],
]);

/** The longest value of a text or blob type, in bytes, says which of the four it is. */
const SIZES = [
  { upTo: 0xff * BYTES_PER_CHARACTER, prefix: 'TINY' },
  { upTo: 0xffff * BYTES_PER_CHARACTER, prefix: '' },
  { upTo: 0xffffff * BYTES_PER_CHARACTER, prefix: 'MEDIUM' },
];

/**
 * What is known of a column.
 *
 * @throws DataApiError `UnsupportedResultException` for a type that the service does not carry
 */
function typeOf({ columnType, columnLength, characterSet, flags, extendedFormat }: Field): ColumnType {
  const integer = INTEGERS.get(columnType);
  if (integer) {
    if (columnType === Types.TINY && columnLength === 1) return type('boolean', 'TINYINT', -7, 1);
    return flags & UNSIGNED ? { ...integer, name: `${integer.name} UNSIGNED` } : integer;
  }
  const other = OTHERS.get(columnType);
  if (other) return other;
  if (extendedFormat === 'json') return type('string', 'JSON', -1);
  if (columnType === Types.GEOMETRY) {
    throw new DataApiError('UnsupportedResultException', 'The result contains the unsupported data type GEOMETRY.');
  }
  const isText = characterSet !== BINARY;
  if (columnType === Types.STRING) {
    if (flags & ENUM) return type('string', 'ENUM', 1);
    if (flags & SET) return type('string', 'SET', 1);
    return isText ? type('string', 'CHAR', 1) : type('blob', 'BINARY', -2);
  }
  if (columnType === Types.VARCHAR || columnType === Types.VAR_STRING) {
    return isText ? type('string', 'VARCHAR', 12) : type('blob', 'VARBINARY', -3);
  }
  const size = isText ? columnLength : columnLength * BYTES_PER_CHARACTER;
  const prefix = SIZES.find(({ upTo }) => size <= upTo)?.prefix ?? 'LONG';
  return isText ? type('string', `${prefix}TEXT`, -1) : type('blob', `${prefix}BLOB`, -4);
}

/** The columns of a result, each with a reader that brings a value of the driver into the service's form. */
export function columnsOf(fields: readonly FieldPacket[]): (Column & { read: (value: unknown) => string })[] {
  return fields.map((packet) => {
    const field = fieldOf(packet);
    return { label: field.name, kind: typeOf(field).kind, read: reader(field) };
  });
}

const LONGEST = 2n ** 63n - 1n;

function reader(field: Field): (value: unknown) => string {
  const { kind } = typeOf(field);
  switch (kind) {
    case 'boolean':
      return (value) => String(Buffer.isBuffer(value) ? value.some((byte) => byte !== 0) : Number(value) !== 0);
    case 'long':
      return (value) => {
        const digits = String(value);
        if (digits.length < 19 || BigInt(digits) <= LONGEST) return digits;
        const message = `The result contains the value ${digits}, which is outside of the range of a long.`;
        throw new DataApiError('UnsupportedResultException', message);
      };
    case 'double':
      return field.columnType === Types.FLOAT ? (value) => shortest(Number(value)) : String;
    case 'blob':
      return (value) => (Buffer.isBuffer(value) ? value : Buffer.from(String(value))).toString('base64');
    case 'decimal':
      return String;
    case 'string':
      return field.decimals > 0 && TIMES.has(field.columnType) ? (value) => inThrees(String(value)) : String;
  }
}

const TIMES: ReadonlySet<number> = new Set([Types.TIME, Types.DATETIME, Types.TIMESTAMP]);

/** The service writes no fraction of a second, or one of three or six digits. */
function inThrees(time: string): string {
  const [whole = '', fraction = ''] = time.split('.');
  const digits = fraction.padEnd(6, '0');
  if (digits === '000000') return whole;
  return `${whole}.${digits.endsWith('000') ? digits.slice(0, 3) : digits}`;
}

/** A float of four bytes comes as the double that it equals: the fewest digits that mean the same float are meant. */
function shortest(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(value);
}

/** Describes the columns of a result. */
export function metadataOf(fields: readonly FieldPacket[]): ColumnMetadata[] {
  return fields.map((packet) => {
    const field = fieldOf(packet);
    const { name, jdbc, kind } = typeOf(field);
    return {
      arrayBaseColumnType: 0,
      isAutoIncrement: (field.flags & AUTO_INCREMENT) !== 0,
      isCaseSensitive: false,
      isCurrency: false,
      isSigned: ['long', 'double', 'decimal'].includes(kind) && !(field.flags & UNSIGNED),
      label: field.name,
      name: field.orgName || field.name,
      nullable: field.flags & NOT_NULL ? 0 : 1,
      precision: precisionOf(field),
      scale: kind === 'decimal' ? field.decimals : 0,
      schemaName: '',
      tableName: field.orgTable,
      type: jdbc,
      typeName: name,
    };
  });
}

function precisionOf(field: Field): number {
  const { kind, precision } = typeOf(field);
  if (precision !== undefined) return precision;
  if (kind === 'decimal') {
    const point = field.decimals > 0 ? 1 : 0;
    const sign = field.flags & UNSIGNED ? 0 : 1;
    return field.columnLength - point - sign;
  }
  const isText = kind === 'string' && field.characterSet !== BINARY;
  return isText ? Math.floor(field.columnLength / BYTES_PER_CHARACTER) : field.columnLength;
}

function fieldOf(packet: FieldPacket): Field {
  const { columnType = Types.VAR_STRING, columnLength = 0, characterSet = BINARY, flags } = packet;
  const { name, orgName, orgTable, decimals, extendedFormat } = packet;
  const known = { columnType, columnLength, characterSet, flags: typeof flags === 'number' ? flags : 0 };
  return { ...known, name, orgName, orgTable, decimals, ...(extendedFormat === undefined ? {} : { extendedFormat }) };
}
