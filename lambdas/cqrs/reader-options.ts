import {
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

/** What the reader of any view takes from outside; each has a default. */
export interface ReaderOptions {
  /** The id of the view's store, where the function has several. Default: the one that `DBPATTERNS_QUERIES` names. */
  readonly store?: string;
  /** For how many milliseconds a read waits for what its token asks for. Default: what the construct says, or 2000. */
  readonly waitLimit?: number;
  /** Default: the process's. */
  readonly environment?: Environment;
  readonly now?: Clock;
  readonly random?: Random;
  readonly sleep?: Sleep;
}

/** The reader of a view, made up. */
export interface ReaderSettings {
  readonly store?: string;
  readonly waitLimit: number;
  readonly environment: Environment;
  readonly now: Clock;
  readonly random: Random;
  readonly sleep: Sleep;
}

const VARIABLE = 'DBPATTERNS_QUERIES';
const WAIT_LIMIT = 2000;

/** What is given, completed by what the construct says. */
export function readerSettings(options: ReaderOptions): ReaderSettings {
  const environment = options.environment ?? processEnvironment();
  const said =
    environment[VARIABLE] === undefined
      ? {}
      : readVariable(VARIABLE, { waitLimit: optional(whole), store: optional(text) }, environment);
  return {
    store: options.store ?? said.store,
    waitLimit: options.waitLimit ?? said.waitLimit ?? WAIT_LIMIT,
    environment,
    now: options.now ?? systemClock,
    random: options.random ?? systemRandom,
    sleep: options.sleep ?? systemSleep,
  };
}
