import { DataApiError } from './errors.js';
import { namedParameters } from './named.js';

/** A value on the wire; exactly one member is set. */
export interface Field {
  readonly isNull?: boolean;
  readonly stringValue?: string;
  readonly longValue?: number;
  readonly doubleValue?: number;
  readonly booleanValue?: boolean;
  readonly blobValue?: string;
  readonly arrayValue?: unknown;
}

/** A named parameter on the wire. */
export interface SqlParameter {
  readonly name?: string;
  readonly value?: Field;
  readonly typeHint?: string;
}

/** A statement with positional parameters, as PostgreSQL wants it. */
export interface BoundStatement {
  readonly text: string;
  readonly values: (string | Buffer)[];
}

const HINTS: Readonly<Record<string, string>> = {
  DATE: 'date',
  DECIMAL: 'numeric',
  JSON: 'json',
  TIME: 'time',
  TIMESTAMP: 'timestamp',
  UUID: 'uuid',
};

/**
 * Binds named parameters by position, each cast to the type that the service sends: what the engine would only guess
 * from the place of a parameter is decided by the value and its hint, as in the service.
 *
 * @throws DataApiError for a parameter that is missing, an array, or of an unknown hint
 */
export function bind(sql: string, parameters: readonly SqlParameter[]): BoundStatement {
  const given = new Map<string, SqlParameter>();
  for (const parameter of parameters) {
    if (!parameter.name) throw new DataApiError('BadRequestException', 'Every parameter needs a name');
    given.set(parameter.name, parameter);
  }
  const positions = new Map<string, string>();
  const values: (string | Buffer)[] = [];
  const text = namedParameters(sql)
    .map((piece) => {
      if ('text' in piece) return piece.text;
      const known = positions.get(piece.parameter);
      if (known) return known;
      const parameter = given.get(piece.parameter);
      if (!parameter) throw new DataApiError('BadRequestException', `Cannot find parameter: ${piece.parameter}`);
      const placed = place(parameter, values);
      positions.set(piece.parameter, placed);
      return placed;
    })
    .join('');
  return { text, values };
}

function place({ name, value = {}, typeHint }: SqlParameter, values: (string | Buffer)[]): string {
  const hinted = typeHint === undefined ? undefined : HINTS[typeHint];
  if (typeHint !== undefined && !hinted) {
    throw new DataApiError(
      'BadRequestException',
      `Parameter ${name} has the unknown type hint ${typeHint}; allowed are ${Object.keys(HINTS).join(', ')}`,
    );
  }
  if (value.arrayValue !== undefined) {
    throw new DataApiError('BadRequestException', `Array parameters are not supported: ${name}`);
  }
  if (value.isNull) return hinted ? `NULL::${hinted}` : 'NULL';
  const [bound, type] = typed(value, name);
  if (hinted && type !== 'text') {
    throw new DataApiError('BadRequestException', `Parameter ${name} has a type hint, so its value must be a string`);
  }
  values.push(bound);
  return `$${values.length}::${hinted ?? type}`;
}

function typed(value: Field, name: string | undefined): [string | Buffer, string] {
  if (value.stringValue !== undefined) return [value.stringValue, 'text'];
  if (value.longValue !== undefined) return [String(value.longValue), 'bigint'];
  if (value.doubleValue !== undefined) return [String(value.doubleValue), 'float8'];
  if (value.booleanValue !== undefined) return [String(value.booleanValue), 'boolean'];
  if (value.blobValue !== undefined) return [Buffer.from(value.blobValue, 'base64'), 'bytea'];
  throw new DataApiError('BadRequestException', `Parameter ${name} has no value`);
}
