import type { PostgresError, SqlParameters } from '../stores/index.js';
import { jittered, type Waiting } from './backoff.js';
import { RebuildError, RebuildUnavailableError } from './rebuild-error.js';

/** What moves the tables of a view's generations. */
export interface PostgresMovesParts {
  readonly view: string;
  readonly waiting: Waiting;
  /** Calls a function of the view, and gives what it says. Repeated after a lost answer it does no harm. */
  readonly call: (name: string, rest: string, params: SqlParameters) => Promise<boolean>;
}

/** How many streams' contributions one call deletes. */
const PORTION = 5000;

/** How often a lock on a table is asked for that others hold for longer than it is waited for. */
const LOCK_ATTEMPTS = 4;
/** A lock was not had in time. */
const LOCKED = '55P03';
/** Other objects of the database hang on the table. */
const HAS_DEPENDENTS = 'DBV06';

/** What a rebuild does to the tables of generations. Between two attempts those who wait behind it have their turn. */
export class PostgresMoves {
  constructor(private readonly parts: PostgresMovesParts) {}

  async begin(generation: number): Promise<void> {
    await this.moved('begin_generation', ', cast(:generation as integer)', { generation });
  }

  async mayPublish(generation: number): Promise<void> {
    await this.moved('may_publish', ', cast(:generation as integer)', { generation });
  }

  async publish(generation: number): Promise<void> {
    await this.moved('publish_generation', ', cast(:generation as integer)', { generation });
  }

  async drop(generation: number): Promise<boolean> {
    const portion = ', cast(:generation as integer), cast(:limit as integer)';
    return this.moved('drop_generation', portion, { generation, limit: PORTION });
  }

  private async moved(name: string, rest: string, params: SqlParameters): Promise<boolean> {
    const { call, view, waiting } = this.parts;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await call(name, rest, params);
      } catch (error) {
        if (!isPostgresError(error)) throw error;
        if (error.sqlState === HAS_DEPENDENTS) throw hasDependents(view, error);
        if (error.sqlState !== LOCKED) throw error;
        if (attempt + 1 === LOCK_ATTEMPTS) {
          const message = `${name} of '${view}': statements on this table take longer than it is waited for`;
          throw new RebuildUnavailableError(message, { cause: error });
        }
      }
      await jittered(waiting, attempt, 200, 1000);
    }
  }
}

/** Known by its state, and not by its class: that would load the client of PostgreSQL into each handler. */
const isPostgresError = (error: unknown): error is PostgresError => error instanceof Error && 'sqlState' in error;

function hasDependents(view: string, { reason }: PostgresError): RebuildError {
  return new RebuildError(
    'has-dependents',
    `a table of '${view}' has what would not go with its name: ` +
      `${reason.replace(/^dbpatterns\.dependents:/, '')}; remove it, have it ask the table by a query, or give it to the ` +
      'table of the new generation too, and resume',
  );
}
