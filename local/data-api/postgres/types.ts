import type pg from 'pg';
import type { Kind } from '../engine.js';
import { bytes, compactJson, day, same, timestamp, timestamptz, timeOfDay, truth } from './values.js';

/** A PostgreSQL type that the service carries: how it travels, its name and JDBC code in the metadata. */
export interface CarriedType {
  readonly kind: Kind;
  readonly name: string;
  readonly jdbc: number;
  /** The engine's text as the service writes it. */
  readonly write: (text: string) => string;
  /** The type of the elements, for an array. */
  readonly element?: CarriedType;
}

/** What a type is called in the error that refuses it. */
export interface RefusedType {
  readonly refused: string;
}

const OTHER = 1111;
const ARRAY = 2003;

const scalar = (kind: Kind, name: string, jdbc: number, write: (text: string) => string = same): CarriedType => ({
  kind,
  name,
  jdbc,
  write,
});

/** By type oid, with the oid of its array type; 0 where arrays of it are refused. */
const SCALARS: readonly (readonly [oid: number, array: number, type: CarriedType])[] = [
  [16, 1000, scalar('boolean', 'bool', -7, truth)],
  [17, 0, scalar('blob', 'bytea', -2, bytes)],
  [19, 1003, scalar('string', 'name', 12)],
  [20, 1016, scalar('long', 'int8', -5)],
  [21, 1005, scalar('long', 'int2', 5)],
  [23, 1007, scalar('long', 'int4', 4)],
  [25, 1009, scalar('string', 'text', 12)],
  [26, 0, scalar('string', 'oid', -5)],
  [114, 199, scalar('string', 'json', OTHER, compactJson)],
  [650, 0, scalar('string', 'cidr', OTHER)],
  [700, 1021, scalar('double', 'float4', 7)],
  [701, 1022, scalar('double', 'float8', 8)],
  [869, 0, scalar('string', 'inet', OTHER)],
  [1042, 1014, scalar('string', 'bpchar', 1)],
  [1043, 1015, scalar('string', 'varchar', 12)],
  [1082, 1182, scalar('string', 'date', 91, day)],
  [1083, 1183, scalar('string', 'time', 92, timeOfDay)],
  [1114, 1115, scalar('string', 'timestamp', 93, timestamp)],
  [1184, 1185, scalar('string', 'timestamptz', 93, timestamptz)],
  [1700, 1231, scalar('decimal', 'numeric', 2)],
  [2278, 0, scalar('string', 'void', OTHER)],
  [2950, 2951, scalar('string', 'uuid', OTHER)],
  [3802, 3807, scalar('string', 'jsonb', OTHER, compactJson)],
  [3904, 0, scalar('string', 'int4range', OTHER)],
  [3906, 0, scalar('string', 'numrange', OTHER)],
];

const arrayOf = (element: CarriedType): CarriedType => ({
  ...element,
  name: `_${element.name}`,
  jdbc: ARRAY,
  element,
});

const BUILT_IN = new Map<number, CarriedType>(
  SCALARS.flatMap(([oid, array, type]) => [[oid, type] as const, ...(array ? [[array, arrayOf(type)] as const] : [])]),
);
// of bits, only arrays are carried
BUILT_IN.set(1561, arrayOf(scalar('string', 'bit', -7)));

/** Types whose names the service writes in capitals, since it knows them; all others as the catalogue has them. */
const CAPITALS = new Set(
  (
    'bit box bytea cidr circle daterange inet int4range int8range interval jsonpath line lseg macaddr macaddr8 money ' +
    'numrange oid path point polygon record timetz tsrange tstzrange unknown varbit'
  ).split(' '),
);

interface CatalogueRow {
  readonly oid: string;
  readonly name: string;
  readonly kind: string;
  readonly elementName: string | null;
  readonly elementKind: string | null;
}

const CATALOGUE = `
  select t.oid::text, t.typname as name, t.typtype as kind, e.typname as "elementName", e.typtype as "elementKind"
    from pg_type t
    left join pg_type e on e.oid = t.typelem and t.typcategory = 'A'
   where t.oid = any(string_to_array($1, ',')::oid[])`;

/** The types with these oids; those that are not built in are looked up. */
export async function typesOf(
  client: pg.ClientBase,
  oids: readonly number[],
): Promise<Map<number, CarriedType | RefusedType>> {
  const types = new Map<number, CarriedType | RefusedType>();
  const unknown: number[] = [];
  for (const oid of oids) {
    const known = BUILT_IN.get(oid);
    if (known) types.set(oid, known);
    else unknown.push(oid);
  }
  if (unknown.length > 0) {
    const { rows } = await client.query<CatalogueRow>(CATALOGUE, [unknown.join(',')]);
    for (const row of rows) types.set(Number(row.oid), userType(row));
  }
  return types;
}

function userType({ name, kind, elementName, elementKind }: CatalogueRow): CarriedType | RefusedType {
  if (kind === 'e' || name === 'vector') return scalar('string', name, 12);
  if (elementName !== null && elementKind === 'e') return arrayOf(scalar('string', elementName, 12));
  return { refused: elementName === null ? displayed(name) : `${displayed(elementName)}[]` };
}

function displayed(name: string): string {
  if (name === 'char') return '"CHAR"';
  return CAPITALS.has(name) ? name.toUpperCase() : name;
}
