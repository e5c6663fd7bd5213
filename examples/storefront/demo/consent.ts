import { createInterface } from 'node:readline/promises';

/** Where somebody is asked. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
}

/**
 * Asks a question on the terminal; only yes is yes. Ctrl-C and Ctrl-D are no.
 *
 * @throws Error where nobody can be asked
 */
export async function agrees(
  question: string,
  { input, output }: Terminal = { input: process.stdin, output: process.stdout },
): Promise<boolean> {
  if (input.isTTY !== true) throw new Error('nobody is there to be asked: add --yes');
  const terminal = createInterface({ input, output });
  // Some versions of Node leave a question open for ever when its terminal closes, others end it with an AbortError.
  const closed = new Promise<string>((resolve) => {
    terminal.once('close', () => {
      output.write('\n');
      resolve('');
    });
  });
  const answer = await Promise.race([terminal.question(`${question} [y/N] `).catch(() => closed), closed]);
  terminal.removeAllListeners('close').close();
  return /^y(es)?$/i.test(answer.trim());
}
