import { describe, expect, it } from 'vitest';
import { begun, filling, finished, madeReady, swapping, type Job } from '../../../lambdas/cqrs/rebuild-transitions.js';
import { statusOf } from '../../../lambdas/cqrs/rebuild-status.js';

const view = { name: 'browse/Listing', kind: 'entity', streamName: 'product', declared: '2' };
const started = { id: 'job', input: { settle: 20 }, time: 0, functionTimeout: 10 };
const begins = begun({ live: 1, revision: 0 }, started);
const made = { generation: 2, phase: 'building', version: '2' } as const;
const fills = filling(begins, made, { total: 10, exact: true }, 0);

const jobAt = (record: Job, time: number) => statusOf(view, record, { marks: [] }, time).job;

describe('the status of a rebuild', () => {
  it('names the generation that is built, from the beginning on', () => {
    expect(jobAt(begins, 0)).toMatchObject({ step: 'begin', generation: 2 });
    expect(jobAt(fills, 0)).toMatchObject({ step: 'fill', generation: 2 });
  });

  it('says for how long its step waits, and nothing when it has begun', () => {
    expect(jobAt(fills, 500)).toMatchObject({ wait: 20 });
    expect(jobAt(fills, 20_000)).not.toHaveProperty('wait');
  });

  it('tells the verify that catches up from the one that compares', () => {
    expect(jobAt({ ...fills, job: { ...fills.job, step: 'verify' } }, 30_000)).not.toHaveProperty('catchingUp');
    expect(jobAt(madeReady(fills, 30_000), 60_000)).toMatchObject({ step: 'verify', catchingUp: true });
  });

  it('says until when the one of before is kept, which is no wait of the job', () => {
    const moved = finished(swapping(madeReady(fills, 0), [], 0), 2, 0);
    const job = jobAt(moved, 0);
    expect(job).toMatchObject({ generation: 1, dropAt: '1970-01-02T00:00:00.000Z' });
    expect(job).not.toHaveProperty('wait');
  });
});
