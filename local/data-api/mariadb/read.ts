import type { Connection, ExecuteValues, FieldPacket, Query } from 'mysql2';

/** What the engine answered. */
export interface Answer {
  /** Empty for a statement that has no rows to answer. */
  readonly fields: readonly FieldPacket[];
  readonly rows: readonly (readonly unknown[])[];
  /** Octets of the rows; more than the limit where rows were left behind. */
  readonly size: number;
  /** What a statement without rows did. */
  readonly header: unknown;
}

/** A statement as it is sent. */
export interface Sent {
  readonly sql: string;
  /** Absent for a statement that is sent as text; else it is prepared. */
  readonly values?: readonly ExecuteValues[];
}

/** When a reading comes to its end early. */
export interface Limits {
  /** Octets of rows. */
  readonly size: number;
  /**
   * Ends the statement, when its rows are too large; the engine then says that it was interrupted. Absent for one that
   * is read to its end.
   */
  readonly stop: (() => Promise<void>) | undefined;
  /** Is called when the connection is lost, of which a reading row by row is not told. */
  onLost(listener: () => void): void;
}

/**
 * Runs one statement and reads its rows until they are larger than the limit. Of a procedure, which answers results and,
 * last, what it did, the first is the answer.
 *
 * @throws what the engine says, or that the connection was lost
 */
export async function read(connection: Connection, { sql, values }: Sent, limits: Limits): Promise<Answer> {
  const options = { sql, rowsAsArray: true };
  const command = values ? connection.execute({ ...options, values: [...values] }) : connection.query(options);
  let stopping: Promise<void> | undefined;
  const stop = () => {
    if (limits.stop === undefined) return;
    // what is on its way waits there, so that it is little
    connection.pause();
    // where the engine cannot be told, the rest is read and dropped
    const told = limits.stop().catch(() => undefined);
    stopping = told.finally(() => connection.resume());
  };
  const collected = new Collected(limits.size, stop);
  try {
    await new Promise<void>((resolve, reject) => {
      collected.listenTo(command);
      command.on('error', reject);
      command.on('end', resolve);
      limits.onLost(() => reject(new Error('the connection was lost')));
    });
  } catch (error) {
    if (!stopping) throw error;
  }
  await stopping;
  return collected.answer();
}

/** What has come of an answer. */
class Collected {
  private readonly rows: unknown[][] = [];
  private fields: readonly FieldPacket[] = [];
  private header: unknown;
  private size = 0;
  private results = 0;

  constructor(
    private readonly limit: number,
    private readonly onTooLarge: () => void,
  ) {}

  listenTo(command: Query): void {
    command.on('fields', (fields: readonly FieldPacket[] | undefined) => {
      this.results += 1;
      if (this.results === 1) this.fields = fields ?? [];
    });
    command.on('result', (result: unknown) => {
      if (this.results > 1) return;
      if (Array.isArray(result) && this.fields.length > 0) this.add(result);
      else this.header = result;
    });
  }

  answer(): Answer {
    const { fields, rows, size, header } = this;
    return { fields, rows, size, header };
  }

  private add(row: unknown[]): void {
    const wasSmall = this.size <= this.limit;
    this.size += row.reduce<number>((sum, value) => sum + 1 + octets(value), 0);
    if (this.size <= this.limit) this.rows.push(row);
    else if (wasSmall) this.onTooLarge();
  }
}

function octets(value: unknown): number {
  if (Buffer.isBuffer(value)) return value.length;
  if (typeof value === 'string') return Buffer.byteLength(value);
  return typeof value === 'number' ? String(value).length : 0;
}
