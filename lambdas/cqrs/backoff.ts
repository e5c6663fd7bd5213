import type { Random, Sleep } from '../stores/index.js';

/** What waiting needs. */
export interface Waiting {
  readonly random: Random;
  readonly sleep: Sleep;
}

/**
 * Waits a random part of a span that doubles with each attempt up to a cap ("full jitter"), which keeps writers that
 * have met once from meeting again. Source: Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 *
 * @param attempt - from 0
 * @param base - the first span, in milliseconds
 * @param cap - the longest span, in milliseconds
 */
export async function jittered(waiting: Waiting, attempt: number, base: number, cap: number): Promise<void> {
  await waiting.sleep(waiting.random() * Math.min(cap, base * 2 ** Math.min(attempt, 30)));
}
