import { systemClock, systemRandom, systemSleep, type Clock, type Random, type Sleep } from './clock.js';

/** How often and how long something is tried again. Full jitter: conflicting writers part at once. */
export interface RetryOptions {
  /** Whether this error is worth another attempt. */
  readonly when: (error: unknown, attempt: number) => boolean;
  /** How long attempts may begin, in milliseconds from the first. Default: no end. */
  readonly within?: number;
  /** The largest first wait, in milliseconds; it doubles. Default: 80. */
  readonly base?: number;
  /** The largest wait, in milliseconds. Default: 400. */
  readonly cap?: number;
  readonly now?: Clock;
  readonly random?: Random;
  readonly sleep?: Sleep;
}

/** Tries until it succeeds, or the error is not worth another attempt, or time is up. The last error is thrown. */
export async function retrying<T>(action: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { when, within = Infinity, base = 80, cap = 400 } = options;
  const { now = systemClock, random = systemRandom, sleep = systemSleep } = options;
  const started = now().getTime();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action(attempt);
    } catch (error) {
      const wait = Math.ceil(random() * Math.min(cap, base * 2 ** (attempt - 1)));
      if (!when(error, attempt) || now().getTime() - started + wait > within) throw error;
      await sleep(wait);
    }
  }
}
