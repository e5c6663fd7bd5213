import type { SqlParameter } from '@aws-sdk/client-rds-data';
import type pg from 'pg';
import { DataApiError, toDataApiError } from '../../../../local/data-api/errors.js';
import { runStatement } from '../../../../local/data-api/postgres/run.js';
import { execute } from '../../../../local/data-api/statements.js';
import { serviceError, Unmodelled } from '../../core/errors.js';
import type { Moment } from '../../core/timeline.js';
import type { World } from '../../core/world.js';
import type { Outcome } from '../container.js';
import type { Engine } from './engine.js';

/** The input of any command of the Data API, as far as it matters here. */
export interface DataApiInput {
  readonly sql?: string;
  readonly parameters?: readonly SqlParameter[];
  readonly transactionId?: string;
  readonly includeResultMetadata?: boolean;
}

type Done = (outcome: Outcome<unknown>) => void;

interface Open {
  readonly session: pg.Client;
  busy: boolean;
  idle: Moment;
}

interface Waiting {
  readonly session: pg.Client;
  readonly running: Promise<Ended>;
  readonly ended: (ended: Ended) => void;
  readonly limit: Moment;
}

type Ended = { readonly value: Answer } | { readonly error: unknown };

interface Answer {
  readonly records?: unknown[][];
  readonly numberOfRecordsUpdated?: number;
  readonly columnMetadata?: unknown;
}

/** The service ends a transaction that nobody uses for three minutes, and a statement after 45 seconds. */
const IDLE_LIMIT = 180_000;
const STATEMENT_LIMIT = 45_000;

/**
 * An RDS Data API in virtual time over the real PostgreSQL. One statement is in flight at a time; one that waits for a
 * lock gives way until whoever holds it has gone on.
 */
export class DataApi {
  private readonly open = new Map<string, Open>();
  private readonly waiting: Waiting[] = [];
  private readonly texts = new Set<string>();

  constructor(
    private readonly world: World,
    private readonly engine: Engine,
  ) {}

  async carryOut(name: string, input: DataApiInput, done: Done): Promise<void> {
    switch (name) {
      case 'ExecuteStatementCommand':
        return this.execute(input, done);
      case 'BeginTransactionCommand':
        return this.begin(done);
      case 'CommitTransactionCommand':
        return this.end(input.transactionId ?? '', 'COMMIT', done);
      case 'RollbackTransactionCommand':
        return this.end(input.transactionId ?? '', 'ROLLBACK', done);
      default:
        throw new Unmodelled(`the model of the Data API does not know ${name}`);
    }
  }

  /** What holds or waits for something. */
  get unfinished(): string[] {
    return [...this.open.keys(), ...this.waiting.map(() => 'a statement that waits for a lock')];
  }

  /** Whether a statement with this in its text has come. */
  hasMet(part: string): boolean {
    return [...this.texts].some((text) => text.includes(part));
  }

  private async begin(done: Done): Promise<void> {
    const session = await this.engine.session();
    await session.query('begin');
    const transactionId = this.world.id('transaction');
    this.open.set(transactionId, { session, busy: false, idle: this.watch(transactionId) });
    done({ value: { transactionId }, said: transactionId });
  }

  private async execute(input: DataApiInput, done: Done): Promise<void> {
    const { transactionId } = input;
    if (transactionId === undefined) {
      const session = await this.engine.session();
      return this.run(session, input, (ended) => {
        this.engine.release(session);
        answer(ended, done);
      });
    }
    const open = this.usable(transactionId, done);
    if (open === undefined) return;
    open.busy = true;
    open.idle.cancel();
    await this.run(open.session, input, (ended) => {
      open.busy = false;
      open.idle = this.watch(transactionId);
      answer(ended, done);
    });
  }

  private async end(transactionId: string, how: 'COMMIT' | 'ROLLBACK', done: Done): Promise<void> {
    const open = this.usable(transactionId, done);
    if (open === undefined) return;
    this.open.delete(transactionId);
    open.idle.cancel();
    const { command } = await open.session.query(how);
    this.engine.release(open.session);
    await this.wake();
    if (command === how) {
      done({ value: {}, said: how.toLowerCase() });
      return;
    }
    const message = 'ERROR: current transaction is aborted, so it was rolled back; SQLState: 25P02';
    done({ error: serviceError('DatabaseErrorException', message) });
  }

  private usable(transactionId: string, done: Done): Open | undefined {
    const open = this.open.get(transactionId);
    if (open !== undefined && !open.busy) return open;
    done({
      error:
        open === undefined
          ? serviceError('TransactionNotFoundException', `Transaction ${transactionId} is not found`)
          : serviceError('DatabaseErrorException', 'Transaction is still running a query'),
    });
    return undefined;
  }

  private async run(session: pg.Client, input: DataApiInput, ended: (ended: Ended) => void): Promise<void> {
    this.engine.setTime(this.world.date.getTime());
    this.texts.add(input.sql ?? '');
    const running = this.answered(session, input).then(
      (value): Ended => ({ value }),
      (error: unknown): Ended => ({ error }),
    );
    const step = await this.engine.step(session, running);
    if (step !== 'waits') {
      ended(step.outcome);
      // What a transaction has locked stays locked until it ends, or fails.
      return input.transactionId !== undefined && 'value' in step.outcome ? undefined : this.wake();
    }
    this.world.story.tell('PostgreSQL', 'the statement waits for a lock');
    const limit = this.world.timeline.after(STATEMENT_LIMIT, async () => {
      await this.engine.cancel(session);
      this.engine.letGo(session);
      const ended = await running;
      this.goOn(waiting, 'error' in ended ? { error: tooLate() } : ended);
      await this.wake();
    });
    const waiting: Waiting = { session, running, ended, limit };
    this.waiting.push(waiting);
    this.engine.hold(session);
  }

  /** What columns are is asked once for a statement: it stays so, and asking takes as long as the statement. */
  private async answered(session: pg.Client, input: DataApiInput): Promise<Answer> {
    const { columns } = this.engine;
    const { sql = '', includeResultMetadata = false } = input;
    const isAsked = includeResultMetadata && !columns.has(sql);
    const text = await execute(
      { run: (statement) => runStatement(session, statement) },
      {
        sql,
        parameters: input.parameters ?? [],
        includeResultMetadata: isAsked,
        resultSetOptions: { wantsNumbers: false, longsAsText: false },
        formatRecordsAs: 'NONE',
      },
    );
    const answer = JSON.parse(text) as Answer;
    if (isAsked) columns.set(sql, answer.columnMetadata);
    return includeResultMetadata ? { ...answer, columnMetadata: columns.get(sql) } : answer;
  }

  /** Lets those go on that wait no longer, in the order in which they came. */
  private async wake(): Promise<void> {
    for (let moved = this.waiting.length > 0; moved;) {
      moved = false;
      for (const waiting of [...this.waiting]) {
        if (await this.engine.waits(waiting.session)) continue;
        this.engine.letGo(waiting.session);
        const step = await this.engine.step(waiting.session, waiting.running);
        if (step === 'waits') {
          this.engine.hold(waiting.session);
          continue;
        }
        this.goOn(waiting, step.outcome);
        moved = true;
      }
    }
  }

  private goOn(waiting: Waiting, ended: Ended): void {
    this.waiting.splice(this.waiting.indexOf(waiting), 1);
    waiting.limit.cancel();
    waiting.ended(ended);
  }

  private watch(transactionId: string): Moment {
    return this.world.timeline.after(IDLE_LIMIT, async () => {
      const open = this.open.get(transactionId);
      if (open === undefined) return;
      this.open.delete(transactionId);
      await open.session.query('rollback');
      this.engine.release(open.session);
      this.world.story.tell('PostgreSQL', `${transactionId} is rolled back: nobody used it for three minutes`);
      await this.wake();
    });
  }
}

function answer(ended: Ended, done: Done): void {
  if ('error' in ended) {
    done({ error: asSdkError(toDataApiError(ended.error)) });
    return;
  }
  const { value } = ended;
  const rows = value.records?.length ?? value.numberOfRecordsUpdated ?? 0;
  done({ value, said: `${rows} row${rows === 1 ? '' : 's'}` });
}

function tooLate(): DataApiError {
  const message = 'ERROR: canceling statement due to statement timeout; SQLState: 57014';
  return new DataApiError('StatementTimeoutException', message);
}

function asSdkError(error: DataApiError): Error {
  return Object.assign(serviceError(error.code, error.message), { $metadata: { httpStatusCode: error.status } });
}
