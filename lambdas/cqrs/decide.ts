import { PostgresError, retrying, StatementError } from '../stores/index.js';
import type { Clock, PostgresClient, Random, Sleep, Statement } from '../stores/index.js';
import { partsOf, type CommandContext, type Decision } from './command.js';
import { versionConflict } from './command-problem.js';
import type { CommandRequest } from './command-request.js';
import type { DomainEvent } from './event.js';
import { LazyTransaction } from './lazy-transaction.js';
import { newCommit } from './new-commit.js';
import { append, type Append, type OutboxTimes } from './outbox.js';
import { runComposed } from './returned-form.js';
import type { Stream } from './stream.js';
import type { Recorded } from './write-model.js';

/** What a decision needs besides the request. */
export interface Deciding {
  readonly db: PostgresClient;
  readonly stream: Stream;
  readonly service: string;
  readonly times: OutboxTimes;
  /** Makes sure that a sweep is due; called before anything can be written. */
  readonly ensureSweep: () => Promise<void>;
  readonly now: Clock;
  readonly random: Random;
  readonly sleep: Sleep;
}

/** What was decided and stored. */
export interface Decided extends Recorded {
  readonly commit: string;
}

/** A command's handler, its data checked. */
export type Run = (context: Omit<CommandContext, 'data'>) => Promise<Decision>;

const ATTEMPTS = 5;

/** Runs a command's handler and stores what it decided: the changes, the commit and the command's id, or nothing. */
export function decide(deps: Deciding, request: CommandRequest, run: Run): Promise<Decided> {
  return retrying(() => attempt(deps, request, run), {
    // Deadlocks and serialization failures have written nothing; jitter parts those who met.
    when: (error, count) => count < ATTEMPTS && error instanceof PostgresError && error.isConflict,
    random: deps.random,
    sleep: deps.sleep,
    now: deps.now,
  });
}

async function attempt(deps: Deciding, request: CommandRequest, run: Run): Promise<Decided> {
  const { db, stream, times, ensureSweep } = deps;
  const { id, command, expected } = request;
  const time = deps.now();
  const tx = new LazyTransaction(db, ensureSweep);
  let statements: readonly Statement[] = [];
  try {
    const parts = partsOf(await run({ id, command, expected, time, tx }));
    statements = parts.statements;
    const wanted = toAppend(deps, request, time, parts.events);
    if (!tx.isOpen) {
      await ensureSweep();
      return { ...(await runComposed(db, statements, wanted, times)), commit: wanted.commit };
    }
    for (const statement of statements) await tx.execute(statement);
    const stored = await append(tx, wanted, times);
    await tx.commit();
    return { ...stored, commit: wanted.commit };
  } catch (error) {
    await tx.rollback();
    throw refused(error, stream.of(id), expected, statements);
  }
}

function toAppend(deps: Deciding, request: CommandRequest, time: Date, events: readonly DomainEvent[]): Append {
  const { command, fingerprint, expected, id } = request;
  return { command, fingerprint, stream: deps.stream.of(id), expected, commit: newCommit(deps, request, time, events) };
}

/** What the kit's own SQL raised, as the problem that it stands for. */
function refused(
  error: unknown,
  stream: string,
  expected: number | undefined,
  statements: readonly Statement[],
): unknown {
  if (!(error instanceof PostgresError)) return error;
  const fact = Number(/^dbpatterns\.\w+:(\d+)$/.exec(error.reason)?.[1]);
  switch (error.sqlState) {
    case 'DBP01':
      return versionConflict(stream, expected ?? 0, fact, error);
    case 'DBP02':
      return (
        statements[fact - 1]?.otherwise ??
        new StatementError('rows-differ', `statement ${fact} changed or returned another number of rows than it said`)
      );
    default:
      return error;
  }
}
