/** An error as the SDK throws it for what a service answered. */
export function serviceError(name: string, message: string, facts: Record<string, unknown> = {}): Error {
  const status = SERVER_FAULTS.has(name) ? 503 : 400;
  return Object.assign(new Error(message), {
    name,
    $fault: status === 400 ? 'client' : 'server',
    $metadata: { httpStatusCode: status },
    ...facts,
  });
}

const SERVER_FAULTS = new Set(['InternalServerError', 'InternalFailure', 'ServiceUnavailable']);

/** Something is asked that the models cannot answer: the run says nothing and ends. */
export class Unmodelled extends Error {
  override readonly name = 'Unmodelled';
}

/** An error of the connection: nobody knows whether the call was carried out. */
export function connectionError(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', $metadata: {} });
}

/** What an aborted call is rejected with. */
export function abortError(): Error {
  return Object.assign(new Error('Request aborted'), { name: 'AbortError' });
}

/** An error in a few words. */
export function named(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const reasons = 'CancellationReasons' in error ? (error.CancellationReasons as { Code?: string }[]) : [];
  const codes = reasons.map(({ Code }) => Code ?? 'None').join(', ');
  const name = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  const detail = ['Error', 'TypeError', 'DatabaseErrorException'].includes(name) ? `: ${error.message}` : '';
  return `${name}${detail}${codes === '' ? '' : ` [${codes}]`}`;
}
