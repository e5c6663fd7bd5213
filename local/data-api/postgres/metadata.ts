import type pg from 'pg';
import type { ColumnMetadata } from '../engine.js';
import type { CarriedType } from './types.js';

interface Origin {
  readonly table: string;
  readonly column: string;
  readonly notNull: boolean;
  readonly serial: boolean;
}

const ORIGINS = `
  select a.attrelid::text || '.' || a.attnum as key, c.relname as "table", a.attname as "column",
         a.attnotnull as "notNull",
         a.attidentity <> '' or coalesce(pg_get_expr(d.adbin, d.adrelid) like 'nextval(%', false) as serial
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
   where a.attrelid = any(string_to_array($1, ',')::oid[])`;

/** A column of a result with its type. */
export interface TypedField {
  readonly field: pg.FieldDef;
  readonly type: CarriedType;
}

/** Describes the columns of a result, with the tables that they come from. */
export async function columnMetadata(client: pg.ClientBase, columns: readonly TypedField[]): Promise<ColumnMetadata[]> {
  const tables = [...new Set(columns.map(({ field }) => field.tableID).filter((id) => id > 0))];
  const origins = new Map<string, Origin>();
  if (tables.length > 0) {
    const { rows } = await client.query<Origin & { key: string }>(ORIGINS, [tables.join(',')]);
    for (const row of rows) origins.set(row.key, row);
  }
  return columns.map((column) => describe(column, origins.get(`${column.field.tableID}.${column.field.columnID}`)));
}

const NO_NULLS = 0;
const NULLABLE = 1;
const UNKNOWN = 2;

/** Texts in which case means nothing. */
const CASELESS = new Set(['date', 'time', 'timestamp', 'timestamptz', 'uuid']);

function describe({ field, type }: TypedField, origin: Origin | undefined): ColumnMetadata {
  const serials: Record<string, string> = { int2: 'smallserial', int4: 'serial', int8: 'bigserial' };
  return {
    arrayBaseColumnType: type.element?.jdbc ?? 0,
    isAutoIncrement: origin?.serial ?? false,
    isCaseSensitive: type.kind === 'string' && !CASELESS.has(type.name),
    isCurrency: false,
    isSigned: ['long', 'double', 'decimal'].includes(type.kind) && !type.element,
    label: field.name,
    name: origin?.column ?? field.name,
    nullable: origin ? (origin.notNull ? NO_NULLS : NULLABLE) : UNKNOWN,
    ...size(field, type.name),
    schemaName: '',
    tableName: origin?.table ?? '',
    type: type.jdbc,
    typeName: (origin?.serial && serials[type.name]) || type.name,
  };
}

const UNLIMITED = 2_147_483_647;
const PRECISIONS: Readonly<Record<string, number>> = {
  bool: 1,
  int2: 5,
  int4: 10,
  int8: 19,
  float4: 8,
  float8: 17,
  uuid: 36,
  date: 13,
};

function size(field: pg.FieldDef, name: string): { precision: number; scale: number } {
  const modifier = field.dataTypeModifier - 4;
  if (name === 'numeric') {
    return modifier < 0 ? { precision: 0, scale: 0 } : { precision: modifier >> 16, scale: modifier & 0x7ff };
  }
  if (name === 'varchar' || name === 'bpchar') return { precision: modifier < 0 ? UNLIMITED : modifier, scale: 0 };
  if (name.startsWith('time')) return { precision: 29, scale: 6 };
  return { precision: PRECISIONS[name] ?? UNLIMITED, scale: name === 'float8' ? 17 : name === 'float4' ? 8 : 0 };
}
