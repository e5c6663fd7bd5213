import { ViewBehind } from './view-behind.js';
import type { ReaderSettings } from './reader-options.js';

const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 160;

/**
 * Reads again, with growing pauses, until the view is no longer behind or the wait limit is over.
 *
 * @param read - what it reads, or by how much the view is behind
 * @throws ViewBehind (409) if it has not got there in time.
 */
export async function waitingRead<T extends object | undefined>(
  { waitLimit, now, sleep }: Pick<ReaderSettings, 'waitLimit' | 'now' | 'sleep'>,
  read: () => Promise<T | ViewBehind>,
): Promise<T> {
  const deadline = now().getTime() + waitLimit;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const outcome = await read();
    if (!(outcome instanceof ViewBehind)) return outcome;
    const left = deadline - now().getTime();
    if (left <= 0) throw outcome;
    await sleep(Math.min(pause, left));
  }
}
