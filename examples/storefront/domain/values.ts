import * as v from 'valibot';

// Messages reach clients and logs: they say what is allowed, and never what was given.
v.setGlobalMessage(({ expected }) => (expected === null ? 'not allowed' : `allowed is ${expected}`));

// Bounds are checks with words of their own: one kind of action is a kilobyte less in each bundle than five kinds.

/** A number from here on. */
export const atLeast = (least: number) => v.check((value: number) => value >= least, `allowed is >=${least}`);

/** A number up to here. */
export const atMost = (most: number) => v.check((value: number) => value <= most, `allowed is <=${most}`);

/** A text that is not empty. */
export const notEmpty = v.check((text: string) => text.length > 0, 'allowed is >=1');

/** A text of at most so many characters. */
export const upTo = (most: number) => v.check((text: string) => text.length <= most, `allowed is <=${most}`);

/** A whole number. */
export const whole = v.pipe(
  v.number(),
  v.check((value: number) => Number.isInteger(value), 'a whole number'),
);

/** An amount above zero, in pence. */
export const amount = v.pipe(whole, atLeast(1), atMost(100_000_000));

/** A day, such as `2010-12-01`. */
export const day = v.pipe(v.string(), v.check(isDay, 'a day, such as 2010-12-01'));

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && isTime(`${text}T00:00:00`);
}

/** Whether it is in the calendar and on the clock: the 30th of February is not. */
export function isTime(text: string): boolean {
  const parsed = new Date(`${text}Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString() === `${text}.000Z`;
}
