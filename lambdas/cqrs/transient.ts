import { isContended } from './cancellation.js';
import { HistoryUnavailableError } from './history-unavailable.js';

/**
 * Whether the same call may succeed a little later: somebody was throttled, a service or the network failed, a lock was
 * not to be had, or history is away. A right that is missing, a variable that is wrong or a fault of the code is not.
 */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof HistoryUnavailableError) return true;
  // Known by what they say, and not by their classes: those would load the client of PostgreSQL into each handler.
  const { name, code, sqlState, $fault, $retryable, $metadata } = error as Failure;
  if (sqlState !== undefined) return PASSING_STATES.test(sqlState);
  if (isContended(error) || BUSY.has(name) || $fault === 'server' || $retryable !== undefined) return true;
  return ($metadata?.httpStatusCode ?? 0) >= 500 || (typeof code === 'string' && NETWORK.test(code));
}

/** What the SDK and the runtime say about an error, each where it has something to say. */
interface Failure {
  readonly name: string;
  readonly code?: unknown;
  readonly sqlState?: string;
  readonly $fault?: string;
  readonly $retryable?: object;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** What services and the network call it when they cannot now. */
const BUSY = new Set([
  'LimitExceededException',
  'PostgresUnavailableError',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestTimeout',
  'RequestTimeoutException',
  'ThrottlingException',
  'TimeoutError',
  'TooManyRequestsException',
  'TransactionConflictException',
  'TransactionInProgressException',
]);

const NETWORK = /^(E(AI_|CONN|HOST|NET|NOTFOUND|PIPE|TIMEDOUT)|UND_ERR_)/;

/** Connections, resources that are used up, statements and servers that were ended; transactions that lost; locks. */
const PASSING_STATES = /^(08|53|57)|^(40001|40P01|55P03)$/;
