import type pg from 'pg';
import { parse as parseArray } from 'postgres-array';
import type { Result, Statement, Value } from '../engine.js';
import { DataApiError } from '../errors.js';
import { bind } from './bind.js';
import { fromPostgres } from './errors.js';
import { columnMetadata, type TypedField } from './metadata.js';
import { typesOf, type CarriedType } from './types.js';

/** The engine's own text, so that nothing is lost on the way. */
const asText = { getTypeParser: () => (value: string) => value };

type TextRow = readonly (string | null)[];

/**
 * Runs one statement in a session.
 *
 * @throws DataApiError
 */
export async function runStatement(client: pg.ClientBase, statement: Statement): Promise<Result> {
  try {
    return await toResult(client, await query(client, statement), statement.describe);
  } catch (error) {
    throw fromPostgres(error);
  }
}

async function query(client: pg.ClientBase, statement: Statement): Promise<pg.QueryArrayResult<(string | null)[]>> {
  const { text, values, types } = bind(statement);
  const config = {
    text,
    values,
    rowMode: 'array' as const,
    // the driver sends the list as the types of the parameters, and asks the same object how to read results
    types: Object.assign(types, asText),
    // also without parameters, because the extended protocol takes one statement only
    queryMode: 'extended',
  };
  const result = await client.query<(string | null)[]>(config);
  if (result.command === 'COPY') {
    throw new DataApiError('DatabaseErrorException', 'execute: unexpected message: CopyOutResponse');
  }
  return result;
}

async function toResult(
  client: pg.ClientBase,
  { fields, rows, command, rowCount }: pg.QueryArrayResult<(string | null)[]>,
  describe: boolean,
): Promise<Result> {
  const types = await typesOf(
    client,
    fields.map((field) => field.dataTypeID),
  );
  const columns: TypedField[] = [];
  for (const field of fields) {
    const type = types.get(field.dataTypeID) ?? { refused: String(field.dataTypeID) };
    if (!('refused' in type)) columns.push({ field, type });
    // a result without rows passes, so its columns can be described
    else if (rows.length === 0) columns.push({ field, type: unseen(type.refused) });
    else {
      const message = `The result contains the unsupported data type ${type.refused}.`;
      throw new DataApiError('UnsupportedResultException', message);
    }
  }
  return {
    columns: columns.map(({ field, type }) => ({
      label: field.name,
      kind: type.kind,
      array: type.element !== undefined,
    })),
    rows: rows.map((row) => row.map((text, index) => write(text, columns[index]?.type))),
    size: sizeOf(rows),
    updated: fields.length === 0 && ['INSERT', 'UPDATE', 'DELETE', 'MERGE'].includes(command) ? (rowCount ?? 0) : 0,
    metadata: describe && fields.length > 0 ? await columnMetadata(client, columns) : undefined,
  };
}

function unseen(name: string): CarriedType {
  return { kind: 'string', name: name.toLowerCase(), jdbc: 1111, write: (text) => text };
}

function write(text: string | null, type: CarriedType | undefined): Value {
  if (text === null || !type) return null;
  const { element } = type;
  if (!element) return type.write(text);
  return parseArray(text).map((item: unknown) => {
    if (item === null) return null;
    if (typeof item === 'string') return element.write(item);
    throw new DataApiError('UnsupportedResultException', 'The result contains a multidimensional array');
  });
}

/** As the protocol counts: two octets a row, four a column, and the texts. */
function sizeOf(rows: readonly TextRow[]): number {
  let size = 0;
  for (const row of rows) {
    size += 2 + 4 * row.length;
    for (const text of row) if (text !== null) size += Buffer.byteLength(text);
  }
  return size;
}
