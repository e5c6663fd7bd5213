import pg from 'pg';
import type { BoundStatement } from './bind.js';

/** The engine's own texts, so that nothing is lost on the way. */
export type TextRow = readonly (string | null)[];

/** What the engine answered. */
export interface Answer {
  readonly fields: readonly pg.FieldDef[];
  readonly rows: readonly TextRow[];
  /** Octets of the rows; more than the limit where rows were left behind. */
  readonly size: number;
  /** `INSERT`, for example. */
  readonly command: string;
  /** Rows that the command was about. */
  readonly count: number;
}

/** So many rows are asked for at a time: most results have fewer, and of a large one few come too many. */
const ROWS_AT_A_TIME = 1_000;

/**
 * Runs one statement and reads its rows until they are larger than the limit. What is left behind is never made: the
 * portal is closed, which is no error, so that a transaction goes on.
 *
 * @throws pg.DatabaseError
 */
export function read(client: pg.ClientBase, statement: BoundStatement, sizeLimit: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    client.query(new Reading(statement, sizeLimit, { resolve, reject }));
  });
}

/** The messages of the protocol that a reading sends; the driver's own types know them otherwise than the driver does. */
interface Wire {
  parse(message: { readonly text: string; readonly types: readonly number[] }): void;
  bind(message: { readonly values: readonly (string | Buffer | null)[] }): void;
  describe(message: { readonly type: 'P' }): void;
  execute(message: { readonly rows: number }): void;
  close(message: { readonly type: 'P' }): void;
  flush(): void;
  sync(): void;
  sendCopyFail(message: string): void;
}

const MESSAGES = ['parse', 'bind', 'describe', 'execute', 'close', 'flush', 'sync', 'sendCopyFail'];

function isWire(value: unknown): value is Wire {
  return MESSAGES.every((name) => typeof Reflect.get(Object(value), name) === 'function');
}

function wireOf(value: unknown): Wire {
  if (isWire(value)) return value;
  throw new Error('this is not the driver that is meant: its connection has other messages');
}

interface Outcome {
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/** One statement in the extended protocol, which takes one statement only; the driver calls its methods. */
class Reading implements pg.Submittable {
  private fields: readonly pg.FieldDef[] = [];
  private readonly rows: TextRow[] = [];
  private size = 0;
  private tag = '';
  private isSynced = false;

  constructor(
    private readonly statement: BoundStatement,
    private readonly sizeLimit: number,
    private readonly outcome: Outcome,
  ) {}

  submit(connection: unknown): void {
    const wire = wireOf(connection);
    const { text, values, types } = this.statement;
    wire.parse({ text, types });
    wire.bind({ values });
    wire.describe({ type: 'P' });
    more(wire);
  }

  handleRowDescription({ fields }: { readonly fields: readonly pg.FieldDef[] }): void {
    this.fields = fields;
  }

  handleDataRow({ fields: row }: { readonly fields: TextRow }): void {
    this.size += sizeOf(row);
    if (this.size <= this.sizeLimit) this.rows.push(row);
  }

  handlePortalSuspended(connection: unknown): void {
    const wire = wireOf(connection);
    if (this.size <= this.sizeLimit) {
      more(wire);
      return;
    }
    wire.close({ type: 'P' });
    this.sync(wire);
  }

  handleCommandComplete({ text }: { readonly text: string }, connection: unknown): void {
    this.tag = text;
    this.sync(wireOf(connection));
  }

  handleEmptyQuery(connection: unknown): void {
    this.sync(wireOf(connection));
  }

  handleCopyInResponse(connection: unknown): void {
    wireOf(connection).sendCopyFail('there is nothing to copy from');
  }

  handleCopyData(): void {
    // is left out: the statement is refused once it has ended
  }

  handleError(error: unknown, connection: unknown): void {
    // an engine that refuses waits for it; one that cannot be reached does not
    if (error instanceof pg.DatabaseError) this.sync(wireOf(connection));
    this.outcome.reject(error);
  }

  handleReadyForQuery(): void {
    const { fields, rows, size, tag } = this;
    const [command = ''] = tag.split(' ');
    this.outcome.resolve({ fields, rows, size, command, count: Number(/\d+$/.exec(tag)?.[0] ?? 0) });
  }

  /** Once only: a commit may fail after it, and the engine would answer a second one in the midst of what comes next. */
  private sync(wire: Wire): void {
    if (this.isSynced) return;
    this.isSynced = true;
    wire.sync();
  }
}

function more(wire: Wire): void {
  wire.execute({ rows: ROWS_AT_A_TIME });
  wire.flush();
}

/** As the protocol counts: two octets a row, four a column, and the texts. */
function sizeOf(row: TextRow): number {
  return row.reduce((size, text) => size + (text === null ? 0 : Buffer.byteLength(text)), 2 + 4 * row.length);
}
