/** Why each item of a transaction was not taken, in the items' order; empty where it failed otherwise. */
export function cancellationCodes(error: unknown): string[] {
  if (!(error instanceof Error) || error.name !== 'TransactionCanceledException') return [];
  const reasons = (error as { CancellationReasons?: { Code?: string }[] }).CancellationReasons ?? [];
  return reasons.map((reason) => reason.Code ?? 'None');
}

/** Whether a transaction met others or was throttled, so that it may succeed a moment later. */
export function isContended(error: unknown): boolean {
  return cancellationCodes(error).some((code) => CONTENDED.has(code));
}

const CONTENDED = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);
