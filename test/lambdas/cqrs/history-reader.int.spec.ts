import * as lambda from 'aws-cdk-lib/aws-lambda';
import { CfnOutput } from 'aws-cdk-lib/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { HistoryExpiredError } from '../../../lambdas/cqrs/history-expired.js';
import { historyFunction } from '../../../lambdas/cqrs/history-function.js';
import type { HistoryReader } from '../../../lambdas/cqrs/index.js';
import { deployStack } from '../../support/cloud.js';

/** Answers as a history function does, and with what it must not, by the stream that is asked for. */
const CODE = `
  const commit = (subject, version) => ({
    specversion: '1.0', id: subject + '@' + version, source: 'shop', type: 'product', subject, time: 'now',
    datacontenttype: 'application/json', format: 1, version, correlationid: 'c', causationid: 'c',
    data: { events: [{ type: 'Created', v: 1, data: {} }] },
  });
  exports.handler = async ({ stream, from }) => {
    if (stream === 'product/fails') throw new Error('no database');
    if (stream === 'product/old') {
      throw Object.assign(new Error(${JSON.stringify(new HistoryExpiredError('product/old', 7).message)}), {
        name: 'HistoryExpiredError',
      });
    }
    if (stream === 'product/history-expired') throw new Error('history-expired: ' + stream + ' hangs');
    if (stream === 'product/odd') return { commits: 'many' };
    if (stream === 'product/broken') return { commits: [{ version: from }], more: false };
    return { commits: [commit(stream, from), commit(stream, from + 1)], more: from < 3 };
  };`;

let history: HistoryReader;

beforeAll(async () => {
  const { outputs } = await deployStack('history', (stack) => {
    const fn = new lambda.Function(stack, 'History', {
      runtime: lambda.Runtime.NODEJS_22_X,
      handler: 'index.handler',
      code: lambda.Code.fromInline(CODE),
    });
    new CfnOutput(stack, 'Name', { value: fn.functionName });
  });
  history = historyFunction(outputs['Name']!);
});

describe('history', () => {
  it('is read page by page from the function of the publisher', async () => {
    const page = await history('product/1', 2);
    expect(page.commits.map(({ id }) => id)).toEqual(['product/1@2', 'product/1@3']);
    expect(page.more).toBe(true);
    expect((await history('product/1', 3)).more).toBe(false);
  });

  it('is unavailable where the function fails or answers with anything else', async () => {
    const unavailable = expect.objectContaining({ code: 'history-unavailable' }) as Error;
    await expect(history('product/fails', 1)).rejects.toThrow(unavailable);
    await expect(history('product/odd', 1)).rejects.toThrow(unavailable);
    await expect(history('product/broken', 1)).rejects.toThrow('this is no envelope');
  });

  it('is gone where the function says that it was cleaned up, which is told from any other failure', async () => {
    await expect(history('product/old', 1)).rejects.toMatchObject({
      code: 'history-expired',
      stream: 'product/old',
      oldest: 7,
    });
    await expect(history('product/history-expired', 1)).rejects.toMatchObject({ code: 'history-unavailable' });
  });
});
