import {
  dynamodb,
  optional,
  processEnvironment,
  readVariable,
  systemClock,
  systemRandom,
  systemSleep,
  text,
  whole,
  type Clock,
  type Environment,
  type Random,
  type Sleep,
} from '../stores/index.js';
import { GenerationKeys } from './generation-keys.js';
import { liveGeneration } from './live-generation.js';
import type { IndexedTable } from './view-table.js';

/** What a view's reader takes from outside; each has a default. */
export interface ViewOptions {
  /** The id of the view's store, where the function has several. Default: the one that `DBPATTERNS_QUERIES` names. */
  readonly store?: string;
  /** For how many milliseconds a read waits for what its token asks for. Default: what the construct says, or 2000. */
  readonly waitLimit?: number;
  /** Default: the process's. */
  readonly environment?: Environment;
  /** The view's table. Default: the store's. */
  readonly table?: IndexedTable;
  readonly now?: Clock;
  readonly random?: Random;
  readonly sleep?: Sleep;
}

/** A view's reader, made up. */
export interface ViewAccess {
  readonly table: IndexedTable;
  readonly waitLimit: number;
  readonly now: Clock;
  readonly random: Random;
  readonly sleep: Sleep;
  /** The keys of the generation that readers see now. Asked anew for each request: a read that waits may outlive a swap. */
  readonly keys: () => Promise<GenerationKeys>;
}

const VARIABLE = 'DBPATTERNS_QUERIES';
const WAIT_LIMIT = 2000;

/** Finds the view at its first use, so that importing a handler does nothing. */
export function viewAccess(options: ViewOptions): () => ViewAccess {
  let made: ViewAccess | undefined;
  return () => (made ??= accessOf(options));
}

function accessOf(options: ViewOptions): ViewAccess {
  const environment = options.environment ?? processEnvironment();
  const settings =
    environment[VARIABLE] === undefined
      ? {}
      : readVariable(VARIABLE, { waitLimit: optional(whole), store: optional(text) }, environment);
  const table = options.table ?? dynamodb(options.store ?? settings.store, { environment });
  const now = options.now ?? systemClock;
  const live = liveGeneration(table, now);
  return {
    table,
    waitLimit: options.waitLimit ?? settings.waitLimit ?? WAIT_LIMIT,
    now,
    random: options.random ?? systemRandom,
    sleep: options.sleep ?? systemSleep,
    keys: async () => new GenerationKeys(table, await live()),
  };
}
