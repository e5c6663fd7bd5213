import { describe, expect, it } from 'vitest';
import { toProblem } from '../../../lambdas/cqrs/command-problem.js';

const failure = (name: string, facts: object): Error => Object.assign(new Error('failed'), { name, ...facts });

describe('what a command failed of', () => {
  it.each([
    failure('ThrottlingException', { $fault: 'client', $metadata: { httpStatusCode: 400 } }),
    failure('RequestThrottled', { $fault: 'client', $metadata: { httpStatusCode: 400 } }),
    failure('InternalServerError', { $fault: 'server', $metadata: { httpStatusCode: 500 } }),
    failure('Error', { code: 'ECONNRESET', $metadata: {} }),
  ])('is answered with 503 where it goes away by itself: %s', (error) => {
    expect(toProblem(error)).toMatchObject({ status: 503, code: 'unavailable', cause: error });
  });

  it.each([
    new TypeError('undefined is not a function'),
    failure('AccessDeniedException', { $fault: 'client', $metadata: { httpStatusCode: 403 } }),
  ])('is answered with 500 where it does not: %s', (error) => {
    expect(toProblem(error)).toMatchObject({ status: 500, code: 'internal-error', cause: error });
  });
});
