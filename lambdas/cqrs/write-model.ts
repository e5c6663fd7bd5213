import type { CommandRequest } from './command-request.js';
import type { FieldFault } from './problem.js';

/** What a command did, now or earlier. */
export interface Recorded {
  readonly stream: string;
  readonly version: number;
  /** When, in seconds since 1970. */
  readonly at: number;
}

/** What became of a command. */
export interface Executed extends Recorded {
  /** Whether it had been done before: nothing has changed now. */
  readonly replayed?: boolean;
}

/** A command as a service runs it: its data is checked, then its handler decides in a context of the store. */
export interface Runnable<Context, Decision> {
  /** Checks the data: all faults, or the handler with its data. */
  prepare(data: unknown): PreparedCommand<Context, Decision>;
}

/** Data that passed its check with what is to be done, or its faults. */
export type PreparedCommand<Context, Decision> =
  | { readonly faults: readonly FieldFault[]; readonly run?: undefined }
  | { readonly faults?: undefined; readonly run: (context: Context) => Promise<Decision> };

/** Where commands are decided and their commits stored. One adapter per technology. */
export interface WriteModel<Context, Decision> {
  /**
   * Runs the handler and stores what it decides: state, commit and the command's id together, or nothing. It may run
   * again where others were faster. A command that was done before changes nothing, also if its handler now refuses.
   *
   * @param remaining - how much time is left, in milliseconds
   * @throws Problem or whatever the handler or the store threw.
   */
  execute(
    request: CommandRequest,
    run: (context: Context) => Promise<Decision>,
    remaining: () => number,
  ): Promise<Executed>;
}
