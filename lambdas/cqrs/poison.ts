import { ContractError } from './contract.js';

/** Why a commit cannot be applied, however often it is delivered. */
export type PoisonCode =
  | 'handler-failed'
  | 'contract-failed'
  | 'entity-missing'
  | 'invalid-operation'
  | 'too-many-totals'
  | 'write-refused'
  | 'unfinished';

/**
 * A commit that its view cannot take: its handler throws, its events fail the contract, or the view refuses the write.
 * It is tried a few times and then parked; other streams go on.
 */
export class PoisonError extends Error {
  override readonly name = 'PoisonError';

  constructor(
    readonly code: PoisonCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Runs user code and turns what it throws into poison. Its message tells what was thrown and where, and never what the
 * error says: a handler may quote the event there, and the message goes into logs and parking marks. That is in `cause`.
 */
export async function poisonous<T>(code: PoisonCode, what: string, action: () => T | Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof PoisonError) throw cause;
    throw new PoisonError(code, `${what}: ${described(cause)}`, { cause });
  }
}

/** Why a commit cannot be applied: what was thrown, or what it was where that is no error. */
export function faultOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new PoisonError('handler-failed', described(thrown), { cause: thrown });
}

function described(cause: unknown): string {
  if (!(cause instanceof Error)) return `it threw no error but a ${typeof cause}`;
  if (cause instanceof ContractError) return cause.message;
  const code = 'code' in cause && typeof cause.code === 'string' ? ` ${cause.code}` : '';
  return `${cause.name}${code}${placeOf(cause)}`;
}

/** Where it was thrown: the file, line and column of the first frame. */
function placeOf({ message, stack = '' }: Error): string {
  const frames = stack.slice(stack.indexOf(message) + message.length);
  const [, place] = /^\s+at .*?([^\s/\\(]+:\d+:\d+)\)?$/m.exec(frames) ?? [];
  return place === undefined ? '' : ` at ${place}`;
}
