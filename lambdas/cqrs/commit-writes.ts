import { ExecuteStatementCommand, ExecuteTransactionCommand } from '@aws-sdk/lib-dynamodb';
import type { CommitTable } from '../stores/index.js';
import type { CommitItem } from './commit-items.js';
import { stateKey, versionKey } from './commit-keys.js';
import { ITEM_LIMIT } from './limits.js';
import { tooLarge } from './new-commit.js';
import { Problem } from './problem.js';
import type { StateWrite } from './state-items.js';

/** A transaction holds so many items, and the commit is one. */
const STATE_WRITES = 99;

/** The largest transaction, in bytes. */
const TRANSACTION_LIMIT = 4 * 1024 * 1024;

interface BoundStatement {
  readonly Statement: string;
  readonly Parameters: (string | number)[];
}

/** Others were faster: the version is taken, or an item of state has changed. Nothing was written. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

/**
 * Inserts a commit: alone as one statement, with state as one transaction. An INSERT never overwrites; that the role
 * has no other right to write commits makes history unchangeable.
 *
 * @throws Overtaken if the version is taken or the state is not as it was read.
 * @throws Problem `commit-too-large` (413) where DynamoDB would refuse for good.
 */
export async function writeCommit(
  { client, table }: CommitTable,
  commit: CommitItem,
  state: readonly StateWrite[],
): Promise<void> {
  const statements = [insertCommit(table, commit), ...state.map((write) => stateStatement(table, write))];
  checkSizes(statements);
  const [only, ...others] = statements;
  try {
    if (only !== undefined && others.length === 0) await client.send(new ExecuteStatementCommand(only));
    else await client.send(new ExecuteTransactionCommand({ TransactStatements: statements }));
  } catch (error) {
    throw isOvertaken(error) ? new Overtaken('others were faster', { cause: error }) : error;
  }
}

function insertCommit(
  table: string,
  { stream, version, commit, command, fingerprint, at }: CommitItem,
): BoundStatement {
  return insert(table, { stream, version: versionKey(version), commit, command, fingerprint, at });
}

function stateStatement(table: string, { partition, key, data, revision, replaces }: StateWrite): BoundStatement {
  const { stream, version } = stateKey(partition, key);
  const text = JSON.stringify(data);
  if (replaces === undefined) return insert(table, { stream, version, data: text, revision });
  return {
    Statement: `UPDATE "${table}" SET "data" = ? SET "revision" = ? WHERE "stream" = ? AND "version" = ? AND "revision" = ?`,
    Parameters: [text, revision, stream, version, replaces],
  };
}

function insert(table: string, item: Readonly<Record<string, string | number>>): BoundStatement {
  const members = Object.keys(item).map((name) => `'${name}': ?`);
  return { Statement: `INSERT INTO "${table}" VALUE {${members.join(', ')}}`, Parameters: Object.values(item) };
}

function checkSizes(statements: readonly BoundStatement[]): void {
  if (statements.length > STATE_WRITES + 1) {
    const found = statements.length - 1;
    throw new Problem('commit-too-large', 413, `${found} items of state would change, at most ${STATE_WRITES} may`, {
      members: { limit: STATE_WRITES },
    });
  }
  const sizes = statements.map(({ Parameters }) => Parameters.reduce<number>((sum, value) => sum + sizeOf(value), 128));
  const largest = Math.max(...sizes);
  if (largest > ITEM_LIMIT) throw tooLarge('an item of state', largest, ITEM_LIMIT);
  const sum = sizes.reduce((one, other) => one + other, 0);
  if (sum > TRANSACTION_LIMIT) throw tooLarge('the state', sum, TRANSACTION_LIMIT);
}

/** Numbers take less than their digits. */
const sizeOf = (value: string | number): number => Buffer.byteLength(String(value), 'utf8');

const OVERTAKEN = [
  'DuplicateItem',
  'DuplicateItemException',
  'ConditionalCheckFailed',
  'ConditionalCheckFailedException',
  'TransactionConflict',
  'TransactionConflictException',
];

function isOvertaken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (!('CancellationReasons' in error) || !Array.isArray(error.CancellationReasons)) {
    return OVERTAKEN.includes(error.name);
  }
  const reasons: readonly { Code?: string; Message?: string }[] = error.CancellationReasons;
  // in a transaction DynamoDB Local has words for a taken key, and a code of something else
  return reasons.some(
    ({ Code = '', Message = '' }) => OVERTAKEN.includes(Code) || /^Duplicate primary key/.test(Message),
  );
}
