/** How a PostgreSQL type travels: the member of a field, the name and the JDBC code in the metadata. */
export interface ColumnType {
  readonly field: 'boolean' | 'long' | 'double' | 'decimal' | 'blob' | 'timestamptz' | 'timetz' | 'string';
  readonly name: string;
  readonly jdbc: number;
  /** The type of the elements, for an array. */
  readonly element?: ColumnType;
}

const OTHER = 1111;
const ARRAY = 2003;

const scalar = (field: ColumnType['field'], name: string, jdbc: number): ColumnType => ({ field, name, jdbc });

/** By type oid, with the oid of its array type. */
const SCALARS: readonly (readonly [oid: number, array: number, type: ColumnType])[] = [
  [16, 1000, scalar('boolean', 'bool', -7)],
  [17, 1001, scalar('blob', 'bytea', -2)],
  [18, 1002, scalar('string', 'char', 1)],
  [19, 1003, scalar('string', 'name', 12)],
  [20, 1016, scalar('long', 'int8', -5)],
  [21, 1005, scalar('long', 'int2', 5)],
  [23, 1007, scalar('long', 'int4', 4)],
  [25, 1009, scalar('string', 'text', 12)],
  [26, 1028, scalar('long', 'oid', -5)],
  [114, 199, scalar('string', 'json', OTHER)],
  [700, 1021, scalar('double', 'float4', 7)],
  [701, 1022, scalar('double', 'float8', 8)],
  [869, 1041, scalar('string', 'inet', OTHER)],
  [1042, 1014, scalar('string', 'bpchar', 1)],
  [1043, 1015, scalar('string', 'varchar', 12)],
  [1082, 1182, scalar('string', 'date', 91)],
  [1083, 1183, scalar('string', 'time', 92)],
  [1114, 1115, scalar('string', 'timestamp', 93)],
  [1184, 1185, scalar('timestamptz', 'timestamptz', 93)],
  [1186, 1187, scalar('string', 'interval', OTHER)],
  [1266, 1270, scalar('timetz', 'timetz', 92)],
  [1700, 1231, scalar('decimal', 'numeric', 2)],
  [2950, 2951, scalar('string', 'uuid', OTHER)],
  [3802, 3807, scalar('string', 'jsonb', OTHER)],
];

const TYPES = new Map<number, ColumnType>(
  SCALARS.flatMap(([oid, array, type]) => [
    [oid, type] as const,
    [array, { field: 'string', name: `_${type.name}`, jdbc: ARRAY, element: type } satisfies ColumnType] as const,
  ]),
);

/** What is known of a type; one of a user (an enum, a domain) travels as a string. */
export function columnType(oid: number): ColumnType {
  return TYPES.get(oid) ?? scalar('string', `oid ${oid}`, 12);
}
