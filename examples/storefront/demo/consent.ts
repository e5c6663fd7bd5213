import { createInterface } from 'node:readline/promises';

/**
 * Asks a question on the terminal; only yes is yes.
 *
 * @throws Error where nobody can be asked
 */
export async function agrees(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new Error('nobody is there to be asked: add --yes');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
