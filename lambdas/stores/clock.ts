/** The time. */
export type Clock = () => Date;

/** A number from 0 up to, not including, 1. */
export type Random = () => number;

/** Waits, in milliseconds. */
export type Sleep = (milliseconds: number) => Promise<void>;

/** The system's clock: the default wherever a clock can be passed in. */
export const systemClock: Clock = () => new Date();

/** The system's randomness: the default wherever randomness can be passed in. */
export const systemRandom: Random = () => Math.random();

/** Waits by the system's timer. */
export const systemSleep: Sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A signal that aborts after a time, in milliseconds, unless it is ended before. */
export type Timeout = (milliseconds: number) => { readonly signal: AbortSignal; readonly end: () => void };

/** A time-out by the system's timer, which leaves nothing behind once it is ended. */
export const systemTimeout: Timeout = (milliseconds) => {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), milliseconds);
  return { signal: controller.signal, end: () => clearTimeout(timer) };
};
