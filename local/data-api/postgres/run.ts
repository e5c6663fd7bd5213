import type pg from 'pg';
import { parse as parseArray } from 'postgres-array';
import type { Result, Statement, Value } from '../engine.js';
import { DataApiError } from '../errors.js';
import { bind } from './bind.js';
import { fromPostgres } from './errors.js';
import { columnMetadata, type TypedField } from './metadata.js';
import { read, type Answer } from './read.js';
import { typesOf, type CarriedType } from './types.js';

/**
 * Runs one statement in a session.
 *
 * @throws DataApiError
 */
export async function runStatement(client: pg.ClientBase, statement: Statement): Promise<Result> {
  try {
    const answer = await read(client, bind(statement), statement.sizeLimit);
    if (answer.command === 'COPY') {
      throw new DataApiError('DatabaseErrorException', 'execute: unexpected message: CopyOutResponse');
    }
    return await toResult(client, answer, statement);
  } catch (error) {
    throw fromPostgres(error);
  }
}

async function toResult(
  client: pg.ClientBase,
  { fields, rows, size, command, count }: Answer,
  { describe }: Statement,
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
    else if (size === 0) columns.push({ field, type: unseen(type.refused) });
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
    size,
    updated: fields.length === 0 && ['INSERT', 'UPDATE', 'DELETE', 'MERGE'].includes(command) ? count : 0,
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
