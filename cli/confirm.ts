import { createInterface } from 'node:readline/promises';
import { INTERRUPTED } from './signals.js';
import { UserError } from './user-error.js';

/** Where somebody is asked. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
}

/**
 * Asks before something is done that is not undone.
 *
 * @throws UserError if the answer is not yes, or there is none: Ctrl-C, Ctrl-D
 */
export async function confirm(
  question: string,
  { input, output }: Terminal = { input: process.stdin, output: process.stdout },
): Promise<void> {
  if (input.isTTY !== true) throw new UserError(`${question} Say so with --yes: nobody is there to be asked`);
  const terminal = createInterface({ input, output });
  let answer: string | undefined;
  // Some versions of Node leave a question open for ever when its terminal closes, others end it with an AbortError.
  const closed = new Promise<never>((_, reject) => {
    terminal.once('close', () => {
      if (answer !== undefined) return;
      output.write('\n');
      reject(new UserError('nothing was changed', { exitCode: INTERRUPTED }));
    });
  });
  try {
    answer = await Promise.race([terminal.question(`${question} [y/N] `), closed]);
  } finally {
    terminal.close();
  }
  if (!/^y(es)?$/i.test(answer.trim())) throw new UserError('nothing was changed');
}
