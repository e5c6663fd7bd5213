import { systemTimeout, type Timeout } from '../stores/index.js';
import { keyReused, versionConflict } from './command-problem.js';
import type { CommandContext, Decision } from './command.js';
import type { CommandRequest } from './command-request.js';
import { decide, type Decided, type Deciding, type Run } from './decide.js';
import { said, type Log } from './log.js';
import { markPublished, recorded } from './outbox.js';
import { isConstraint, postgresProblem } from './postgres-problem.js';
import { publish, type Bus } from './publish.js';
import type { Executed, WriteModel } from './write-model.js';

/** What the write model on PostgreSQL is made of. */
export interface PostgresWriteModelParts extends Deciding {
  readonly bus: Bus;
  /** How long publishing may take before it is left to the sweep, in milliseconds. Default: 2,000. */
  readonly publishTimeout?: number;
  readonly timeout?: Timeout;
  readonly log: Log;
}

/**
 * Commits in an outbox: changes, commit and the command's id are stored in one transaction of PostgreSQL. The commit is
 * published after it and before the answer, or else by the sweep.
 */
export class PostgresWriteModel implements WriteModel<Omit<CommandContext, 'data'>, Decision> {
  constructor(private readonly parts: PostgresWriteModelParts) {}

  async execute(request: CommandRequest, run: Run, remaining: () => number): Promise<Executed> {
    try {
      const decided = await decide(this.parts, request, run);
      await this.publish(decided, remaining);
      return decided;
    } catch (error) {
      // A repeat may surface as any error, of the handler's too, so each is checked against what was done before.
      try {
        return await this.earlier(request, error);
      } catch (other) {
        throw postgresProblem(other);
      }
    }
  }

  /** What the same command did before; if it never did, the error. The same id with other content is refused. */
  private async earlier(request: CommandRequest, error: unknown): Promise<Executed> {
    const { command, fingerprint, expected, streamName, id } = request;
    const stream = `${streamName}/${id}`;
    const { earlier, actual } = await recorded(this.parts.db, command, stream, this.parts.times.retentionDays);
    if (earlier === undefined) {
      // Whoever expects another version than there is has broken a rule for that reason.
      const isStale = expected !== undefined && expected !== actual && isConstraint(error);
      throw isStale ? versionConflict(stream, expected, actual, error) : error;
    }
    if (earlier.fingerprint !== fingerprint) throw keyReused();
    return { ...earlier, replayed: true };
  }

  /** Never fails: what is not published now is published by the sweep. Nothing is left running after the answer. */
  private async publish(decided: Decided, remaining: () => number): Promise<void> {
    const { bus, publishTimeout = 2_000, timeout = systemTimeout, db, now, random, sleep } = this.parts;
    const { signal, end } = timeout(Math.max(0, Math.min(publishTimeout, remaining() - 500)));
    try {
      const { published, fault } = await publish(bus, [decided], { signal, now, random, sleep, attempts: 2 });
      await markPublished(db, published, signal);
      if (fault !== undefined) this.left(decided, { error: 'not-published', reason: fault });
    } catch (error) {
      this.left(decided, said(error));
    } finally {
      end();
    }
  }

  private left({ stream, version }: Decided, facts: { error: string; reason: string }): void {
    this.parts.log({ level: 'warn', message: 'left to the sweep', stream, version, ...facts });
  }
}
