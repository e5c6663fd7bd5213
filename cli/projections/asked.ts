import { explained, findTarget, type Target, type TargetOptions } from '../target.js';
import { UserError } from '../user-error.js';
import { findProjections, pick, type FoundProjection } from './find.js';

/** What all questions about projections take. */
export interface Options extends TargetOptions {
  readonly stack?: string;
  readonly json?: boolean;
}

/** The projection that is asked about, and where it is. */
export async function found(
  name: string,
  options: Options,
): Promise<{ readonly target: Target; readonly projection: FoundProjection }> {
  const target = await findTarget(options);
  return { target, projection: pick(await findProjections(target, options.stack), name, target) };
}

/** @throws UserError if it is no stream of this view's: those are named `stream/id` */
export function checkStream({ name, stream }: FoundProjection, given: string): void {
  if (stream === '' || given.startsWith(`${stream}/`)) return;
  const meant = given.includes('/') ? '' : `: ${stream}/${given}?`;
  throw new UserError(`'${given}' is no stream of '${stream}', which ${name} is made of${meant}`);
}

/** What the SDK says is said in words that help. */
export function within<A extends unknown[]>(action: (...args: A) => Promise<void>): (...args: A) => Promise<void> {
  return async (...args) => {
    try {
      await action(...args);
    } catch (error) {
      throw explained(error);
    }
  };
}

export function print(value: unknown): void {
  console.log(JSON.stringify(value, undefined, 2));
}

/** An error, in words. */
export function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
