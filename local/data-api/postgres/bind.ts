import type { Parameter, Statement } from '../engine.js';
import { namedParameters } from './named.js';

/** A statement with positional parameters, as PostgreSQL wants it. */
export interface BoundStatement {
  readonly text: string;
  readonly values: (string | Buffer | null)[];
  /** The type oid of each value; 0 leaves it to the engine. */
  readonly types: number[];
}

/** What each kind of parameter is sent as. */
const OIDS: Readonly<Record<NonNullable<Parameter['type']>, number>> = {
  string: 25,
  long: 20,
  double: 701,
  boolean: 16,
  blob: 17,
  DATE: 1082,
  DECIMAL: 1700,
  JSON: 114,
  TIME: 1083,
  TIMESTAMP: 1114,
  UUID: 2950,
};

/**
 * Binds named parameters by position, as the service does: each occurrence is a position of its own, with the type that
 * its value and hint say, so that the engine guesses nothing. A name that is not given is left to the engine, which
 * misses its value.
 */
export function bind({ sql, parameters }: Pick<Statement, 'sql' | 'parameters'>): BoundStatement {
  const values: BoundStatement['values'] = [];
  const types: number[] = [];
  let positions = 0;
  const text = namedParameters(sql)
    .map((piece) => {
      if ('text' in piece) return piece.text;
      positions += 1;
      const parameter = parameters.get(piece.parameter);
      if (parameter) {
        values.push(parameter.value);
        types.push(parameter.type === undefined ? 0 : OIDS[parameter.type]);
      }
      return `$${positions}`;
    })
    .join('');
  return { text, values, types };
}
