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

/** Runs user code and turns what it throws into poison. */
export async function poisonous<T>(code: PoisonCode, what: string, action: () => T | Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof PoisonError) throw cause;
    throw new PoisonError(code, `${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
