import type { Table } from './table.js';
import { invalid, isEqual, stored, type Item } from './values.js';
import type { Write } from './write.js';

type TableOf = (name: string) => Table;

/** A statement with its parameters, as the document client takes them. */
export interface Statement {
  readonly Statement: string;
  readonly Parameters?: readonly unknown[];
}

const INSERT = /^\s*INSERT\s+INTO\s+"([^"]+)"\s+VALUE\s+\{(.*)\}\s*$/is;
const UPDATE = /^\s*UPDATE\s+"([^"]+)"\s+SET\s+(.*?)\s+WHERE\s+(.*)$/is;

/** Reads the statements that the kit sends: INSERT, and UPDATE of one item by its whole key. */
export function runStatement(tableOf: TableOf, { Statement: text, Parameters = [] }: Statement): Write {
  const parameters = [...Parameters];
  const insert = INSERT.exec(text);
  if (insert?.[1] !== undefined && insert[2] !== undefined) return inserted(tableOf, insert[1], insert[2], parameters);
  const update = UPDATE.exec(text);
  if (update?.[1] === undefined || update[2] === undefined || update[3] === undefined) {
    throw invalid(`Statement wasn't well formed, can't be processed: ${text}`);
  }
  return changed(tableOf, update[1], update[2], update[3], parameters);
}

function inserted(tableOf: TableOf, name: string, members: string, parameters: unknown[]): Write {
  const table = tableOf(name);
  const item: Item = {};
  for (const member of members.split(',')) {
    const [, attribute, value] = /^\s*'([^']+)'\s*:\s*(.+?)\s*$/s.exec(member) ?? [];
    if (attribute === undefined || value === undefined) throw invalid(`Unexpected member: ${member}`);
    item[attribute] = literal(value, parameters);
  }
  const after = stored(item);
  table.idOf(after);
  const key = keysOf(table.options, after);
  return {
    table,
    key,
    refusal: table.get(key) === undefined ? undefined : { code: 'DuplicateItem' },
    after: () => after,
  };
}

function changed(tableOf: TableOf, name: string, sets: string, where: string, parameters: unknown[]): Write {
  const table = tableOf(name);
  const assignments = sets.split(/\s+SET\s+|,/i).map((part) => equation(part, parameters));
  const conditions = where.split(/\s+AND\s+/i).map((part) => equation(part, parameters));
  const key = keysOf(table.options, Object.fromEntries(conditions));
  table.idOf(key);
  const before = table.get(key);
  const isMet = before !== undefined && conditions.every(([attribute, value]) => isEqual(before[attribute], value));
  return {
    table,
    key,
    refusal: isMet ? undefined : { code: 'ConditionalCheckFailed' },
    after: () => stored({ ...before, ...Object.fromEntries(assignments) }),
  };
}

function equation(text: string, parameters: unknown[]): [string, unknown] {
  const [, quoted, plain, value] = /^\s*(?:"([^"]+)"|(\w+))\s*=\s*(.+?)\s*$/s.exec(text) ?? [];
  const attribute = quoted ?? plain;
  if (attribute === undefined || value === undefined) throw invalid(`Unexpected term: ${text}`);
  return [attribute, literal(value, parameters)];
}

function literal(text: string, parameters: unknown[]): unknown {
  if (text === '?') {
    if (parameters.length === 0) throw invalid('Number of parameters in request and statement do not match');
    return parameters.shift();
  }
  if (/^'.*'$/s.test(text)) return text.slice(1, -1).replaceAll("''", "'");
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  throw invalid(`Unexpected literal: ${text}`);
}

function keysOf({ partitionKey, sortKey }: { partitionKey: string; sortKey?: string }, item: Item): Item {
  return { [partitionKey]: item[partitionKey], ...(sortKey === undefined ? {} : { [sortKey]: item[sortKey] }) };
}
