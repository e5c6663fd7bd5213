import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  BatchExecuteStatementCommand,
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  RollbackTransactionCommand,
  type Field,
  type RDSDataClient,
  type SqlParameter,
} from '@aws-sdk/client-rds-data';
import type { Case, Expected, Parameter, Step } from './case.js';

/** Which database is asked. */
export interface Target {
  readonly resourceArn: string;
  readonly secretArn: string;
  readonly database: string;
}

/** Where an answer is not what is written. */
export interface Difference {
  /** Of the steps, from 1. */
  readonly step: number;
  readonly expected: Expected;
  readonly found: unknown;
}

/** Asks a database what a row of the table says, and answers where it differs. */
export async function runCase(
  client: RDSDataClient,
  target: Target,
  { id, steps }: Case,
  random: () => string = () => randomBytes(4).toString('hex'),
): Promise<Difference[]> {
  const table = `conformance_${id.toLowerCase().replaceAll(/\W/g, '_')}_${random()}`;
  const differences: Difference[] = [];
  const background: Promise<unknown>[] = [];
  let transactionId: string | undefined;
  try {
    for (const [index, step] of steps.entries()) {
      if (step.after !== undefined) await new Promise((resolve) => setTimeout(resolve, step.after));
      const call = send(client, target, named(step, table), step.outside ? undefined : transactionId);
      const judged = call.then(
        (answer) => ({ answer, error: undefined }),
        (error: unknown) => ({ answer: undefined, error }),
      );
      const judge = async () => {
        const { answer, error } = await judged;
        if (step.call === 'begin' && answer && 'transactionId' in answer) transactionId = answer.transactionId;
        const expected = step.expect ?? { answer: {} };
        const found = error === undefined ? plain(answer) : inWords(error);
        if (!matches(expected, found)) differences.push({ step: index + 1, expected, found });
      };
      if (step.background) background.push(judge());
      else await judge();
    }
    await Promise.all(background);
    return differences;
  } finally {
    if (transactionId !== undefined) {
      const { resourceArn, secretArn } = target;
      const end = new RollbackTransactionCommand({ resourceArn, secretArn, transactionId });
      await client.send(end).catch(() => undefined);
    }
    if (steps.some(({ sql }) => sql?.includes('{t}'))) {
      await client.send(new ExecuteStatementCommand({ ...target, sql: `drop table if exists ${table}` }));
    }
  }
}

function named(step: Step, table: string): Step {
  return step.sql === undefined ? step : { ...step, sql: step.sql.replaceAll('{t}', table) };
}

function send(client: RDSDataClient, target: Target, step: Step, transactionId: string | undefined) {
  const { resourceArn, secretArn } = target;
  const address = {
    ...target,
    // null names none
    database: step.database === undefined ? target.database : (step.database ?? undefined),
    schema: step.schema,
    transactionId: step.transactionId ?? transactionId,
  };
  switch (step.call) {
    case 'begin':
      return client.send(new BeginTransactionCommand({ resourceArn, secretArn, database: address.database }));
    case 'commit':
      return client.send(
        new CommitTransactionCommand({ resourceArn, secretArn, transactionId: address.transactionId }),
      );
    case 'rollback':
      return client.send(
        new RollbackTransactionCommand({ resourceArn, secretArn, transactionId: address.transactionId }),
      );
    case 'batch': {
      const parameterSets = step.parameterSets?.map((set) => set.map(sent));
      return client.send(new BatchExecuteStatementCommand({ ...address, sql: step.sql, parameterSets }));
    }
    default: {
      const { sql, includeResultMetadata, formatRecordsAs, resultSetOptions, continueAfterTimeout } = step;
      const parameters = step.parameters?.map(sent);
      const how = { includeResultMetadata, formatRecordsAs, resultSetOptions, continueAfterTimeout };
      return client.send(new ExecuteStatementCommand({ ...address, sql, parameters, ...how }));
    }
  }
}

function sent({ name, value, typeHint }: Parameter): SqlParameter {
  const { blobValue, ...rest } = value;
  const field = blobValue === undefined ? rest : { blobValue: Buffer.from(blobValue, 'base64') };
  return { name, value: field as Field, ...(typeHint === undefined ? {} : { typeHint }) };
}

/** An answer as the table writes it: bytes in base64, and nothing of the SDK's own. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, member]) => name !== '$metadata' && member !== undefined)
      .map(([name, member]) => [name, plain(member)]),
  );
}

function inWords(error: unknown): unknown {
  return error instanceof Error ? { error: error.name, message: error.message } : { error: String(error) };
}

function matches(expected: Expected, found: unknown): boolean {
  if ('field' in expected) {
    const records = isObject(found) && Array.isArray(found.records) ? (found.records as unknown[][]) : [];
    return isDeepStrictEqual(records[0]?.[0], expected.field);
  }
  if ('answer' in expected) return isObject(found) && !('error' in found) && includes(found, expected.answer);
  if (!isObject(found) || found.error !== expected.error) return false;
  const { message } = expected;
  if (message === undefined) return true;
  return typeof message === 'string' ? found.message === message : message.test(String(found.message));
}

/** Whether all that is written is there; lists are as long as they are written. */
function includes(found: unknown, written: unknown): boolean {
  if (Array.isArray(written)) {
    return (
      Array.isArray(found) &&
      found.length === written.length &&
      written.every((item, index) => includes(found[index], item))
    );
  }
  if (!isObject(written)) return isDeepStrictEqual(found, written);
  return (
    isObject(found) &&
    Object.entries(written).every(([name, member]) =>
      member === undefined ? !(name in found) : includes(found[name], member),
    )
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
