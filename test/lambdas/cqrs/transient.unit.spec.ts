import { describe, expect, it } from 'vitest';
import { HistoryUnavailableError } from '../../../lambdas/cqrs/history-unavailable.js';
import { TableBusyError } from '../../../lambdas/cqrs/table-busy.js';
import { isTransient } from '../../../lambdas/cqrs/transient.js';
import { EnvironmentError, PostgresError, PostgresUnavailableError } from '../../../lambdas/stores/index.js';

const failure = (name: string, more: object = {}): Error => Object.assign(new Error('failed'), { name, ...more });

describe('an error', () => {
  it.each([
    failure('ProvisionedThroughputExceededException', { $fault: 'client', $metadata: { httpStatusCode: 400 } }),
    failure('ThrottlingException', { $fault: 'client' }),
    failure('RequestThrottled', { $fault: 'client' }),
    failure('TransactionCanceledException', {
      CancellationReasons: [{ Code: 'None' }, { Code: 'TransactionConflict' }],
    }),
    failure('InternalServerError', { $fault: 'server' }),
    failure('Unknown', { $metadata: { httpStatusCode: 503 } }),
    failure('Error', { code: 'ECONNRESET' }),
    failure('Error', { code: 'EAI_AGAIN' }),
    failure('TimeoutError'),
    new PostgresUnavailableError('resuming', true),
    new PostgresError('55P03', 'canceling statement due to lock timeout'),
    new PostgresError('40P01', 'deadlock detected'),
    new PostgresError('57014', 'canceling statement due to statement timeout'),
    new HistoryUnavailableError('away'),
    new TableBusyError('view', 'items were left unread'),
  ])('goes away by itself: %s', (error) => expect(isTransient(error)).toBe(true));

  it.each([
    new TypeError('undefined is not a function'),
    new EnvironmentError('missing-variable', 'DBPATTERNS_PROJECTION', 'set it'),
    failure('AccessDeniedException', { $fault: 'client', $metadata: { httpStatusCode: 403 } }),
    failure('ResourceNotFoundException', { $fault: 'client', $metadata: { httpStatusCode: 400 } }),
    failure('ValidationException', { $fault: 'client' }),
    failure('TransactionCanceledException', { CancellationReasons: [{ Code: 'ConditionalCheckFailed' }] }),
    failure('Error', { code: 'ERR_INVALID_ARG_TYPE' }),
    new PostgresError('42P01', 'relation "totals" does not exist'),
    'a text',
  ])('is met again by another attempt: %s', (error) => expect(isTransient(error)).toBe(false));
});
