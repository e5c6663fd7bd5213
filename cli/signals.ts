import * as fs from 'node:fs';

/** What asks a command to end. */
export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What shells say of a program that was interrupted. */
export const INTERRUPTED = 130;

/** What answers signals; the process ends where nothing does. */
let answer: (() => void) | undefined;

/** Ends the process at a signal, unless a command answers it; what hangs on its exit (cursor, child processes) is done. */
export function exitOnSignals(): void {
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (answer) {
        answer();
        return;
      }
      // the cursor, which a list that moves has hidden; past that list, which keeps what is written to stdout
      if (process.stdout.isTTY) fs.writeSync(process.stdout.fd, '\u001b[?25h\n');
      process.exit(INTERRUPTED);
    });
  }
}

/** Answers signals in place of the process's end, until it is called with nothing. */
export function answerSignals(action: (() => void) | undefined): void {
  answer = action;
}
