import { isIP } from 'node:net';
import mysql, { type Connection, type ExecuteValues } from 'mysql2';
import type { Parameter, Result, Session, Statement } from '../engine.js';
import { DataApiError, MULTISTATEMENTS } from '../errors.js';
import { columnsOf, metadataOf } from './columns.js';
import { fromMariaDb, inWords, isEngineError, NOT_PREPARABLE, SYNTAX, WRONG_ARGUMENTS } from './errors.js';
import { placeholders } from './placeholders.js';
import { read, type Answer, type Limits, type Sent } from './read.js';

/** One connection with MariaDB or MySQL. */
export class MariaDbSession implements Session {
  readonly id: number;
  private running = 0;
  private lost = false;
  private readonly listeners: (() => void)[] = [];
  /** Ends the reading that goes on when the session is lost. */
  private endReading: (() => void) | undefined;

  /**
   * @param connect opens another connection of the same user
   */
  constructor(
    private readonly connection: Connection,
    private readonly connect: () => Promise<Connection>,
  ) {
    this.id = connection.threadId;
    connection.on('error', this.onEnd);
    connection.on('end', this.onEnd);
  }

  async run(statement: Statement): Promise<Result> {
    const { text, names, hasOwnMarks, goesOn } = placeholders(statement.sql);
    const parameters = names.flatMap((name) => statement.parameters.get(name) ?? []);
    if (hasOwnMarks || parameters.length < names.length) {
      throw new DataApiError('DatabaseErrorException', inWords(WRONG_ARGUMENTS));
    }
    try {
      const answer = await this.counted(() => this.answer(text, parameters, statement.sizeLimit));
      return resultOf(answer, statement.describe);
    } catch (error) {
      if (goesOn && isEngineError(error) && error.errno === SYNTAX) {
        throw new DataApiError('ValidationException', MULTISTATEMENTS, { cause: error });
      }
      throw fromMariaDb(error);
    }
  }

  async begin(): Promise<void> {
    await this.say('START TRANSACTION');
  }

  /** The engine has no aborted transactions: it undoes a failed statement, or at a deadlock all so far, and goes on. */
  async commit(): Promise<boolean> {
    await this.say('COMMIT');
    return true;
  }

  async rollback(): Promise<void> {
    await this.say('ROLLBACK');
  }

  async cancel(): Promise<void> {
    if (this.running === 0 || this.lost) return;
    const other = (await this.connect()).promise();
    try {
      if (this.running > 0) await other.query(`KILL QUERY ${this.id}`);
    } finally {
      await other.end();
    }
  }

  cut(): void {
    this.connection.destroy();
    this.onEnd();
  }

  onLost(listener: () => void): void {
    this.listeners.push(listener);
  }

  async release(): Promise<void> {
    // a polite end waits for what runs
    const { connection } = this;
    if (this.lost || this.running > 0) connection.destroy();
    else
      await connection
        .promise()
        .end()
        .catch(() => connection.destroy());
  }

  private readonly onEnd = () => {
    if (this.lost) return;
    this.lost = true;
    this.endReading?.();
    for (const listener of this.listeners) listener();
  };

  /** Prepared, also without parameters, because that takes one statement only. */
  private async answer(sql: string, parameters: readonly Parameter[], size: number): Promise<Answer> {
    try {
      return await this.read({ sql, values: parameters.map(bound) }, size);
    } catch (error) {
      if (!isEngineError(error) || error.errno !== NOT_PREPARABLE || parameters.length > 0) throw error;
      // as text an engine takes one statement only as well, since the connection does not ask for several
      return this.read({ sql }, size);
    }
  }

  private async read(sent: Sent, size: number): Promise<Answer> {
    // what may change something is done to its end: ended, it would be undone, or a procedure done by half
    const stop: Limits['stop'] = QUERY.test(sent.sql) ? () => this.cancel() : undefined;
    const onLost: Limits['onLost'] = (listener) => (this.endReading = listener);
    const answer = await read(this.connection, sent, { size, stop, onLost });
    // an engine that was told after the end of the statement interrupts the next one: this one
    if (answer.size > size)
      await this.connection
        .promise()
        .query('DO 0')
        .catch(() => undefined);
    return answer;
  }

  private async say(sql: string): Promise<void> {
    try {
      await this.counted(() => this.connection.promise().query(sql));
    } catch (error) {
      throw fromMariaDb(error);
    }
  }

  private async counted<T>(action: () => Promise<T>): Promise<T> {
    this.running += 1;
    try {
      return await action();
    } finally {
      this.running -= 1;
    }
  }
}

/** A statement that only reads, after comments and parentheses. */
const QUERY = /^(?:\s|--[^\n]*|#[^\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/|\()*(?:select|with|values|table)\b/i;

/** Where a server of MariaDB or MySQL is that stands for a cluster. */
export interface MariaDbCluster {
  readonly host: string;
  readonly port: number;
  /** Whether and how TLS is used; the server's name is checked. @default not */
  readonly ssl?: mysql.SslOptions;
}

/** Who comes. */
interface MariaDbLogin extends MariaDbCluster {
  readonly user: string;
  readonly password: string;
  readonly database: string | undefined;
}

const CONNECT_WITHIN = 20_000;

/** Connects as the service does: values as the engine wrote them, instants in UTC, matched rows counted. */
export async function connect({ host, port, ssl, user, password, database }: MariaDbLogin): Promise<Connection> {
  if (ssl !== undefined && isIP(host)) {
    // the driver would let any name pass
    throw new Error(`over TLS a server's name is checked, and ${host} is none: give the name in its certificate`);
  }
  const connection = mysql.createConnection({
    host,
    port,
    user,
    password,
    ...(database === undefined ? {} : { database }),
    // the driver checks the certificate's name only where it is told to
    ...(ssl === undefined ? {} : { ssl: { ...ssl, verifyIdentity: true } }),
    charset: 'utf8mb4',
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    jsonStrings: true,
    flags: ['-LOCAL_FILES'],
    connectTimeout: CONNECT_WITHIN,
  });
  // a connection that breaks fails what runs on it, and nothing else
  connection.on('error', () => undefined);
  await connection.promise().connect();
  await connection.promise().query("SET time_zone = '+00:00'");
  return connection;
}

function bound({ type, value }: Parameter): ExecuteValues {
  if (value === null) return null;
  const text = String(value);
  switch (type) {
    case 'long':
      return mysql.TypedParameter.LONGLONG(BigInt(text));
    case 'double':
      return mysql.TypedParameter.DOUBLE(Number(text));
    case 'boolean':
      return mysql.TypedParameter.TINY(text === 'true' ? 1 : 0);
    case 'DECIMAL':
      return mysql.TypedParameter.NEWDECIMAL(text);
    case 'UUID':
      // sixteen bytes, as the service has it
      return Buffer.from(text.replaceAll('-', ''), 'hex');
    default:
      return Buffer.isBuffer(value) ? value : text;
  }
}

function resultOf({ fields, rows, size, header }: Answer, describe: boolean): Result {
  if (fields.length === 0) return { columns: [], rows: [], size, ...counts(header) };
  const columns = columnsOf(fields);
  return {
    columns,
    rows: rows.map((row) => row.map((value, index) => (value === null ? null : (columns[index]?.read(value) ?? null)))),
    size,
    updated: 0,
    ...(describe ? { metadata: metadataOf(fields) } : {}),
  };
}

function counts(header: unknown): Pick<Result, 'updated' | 'generated'> {
  if (typeof header !== 'object' || header === null) return { updated: 0 };
  const updated = 'affectedRows' in header ? Number(header.affectedRows) : 0;
  const generated = 'insertId' in header ? String(header.insertId) : '0';
  return { updated, ...(generated === '0' ? {} : { generated }) };
}
