import { describe, expect, it } from 'vitest';
import type { GenerationRecord } from '../../../lambdas/cqrs/generation.js';
import { Rebuilder } from '../../../lambdas/cqrs/rebuild-job.js';
import type { RebuildParts } from '../../../lambdas/cqrs/rebuild-parts.js';
import type { ParkingMark, ViewStore } from '../../../lambdas/cqrs/view-store.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const PAGE = 100;
const never = (): never => {
  throw new Error('a swap does not ask that');
};

/** A view of which 5,000 streams stand still in the generation that readers are to move to, at version 3. */
class Swapped {
  record: GenerationRecord = {
    live: 1,
    last: 2,
    revision: 5,
    version: '1',
    beside: { generation: 2, phase: 'ready', version: '2' },
    job: {
      id: 'job',
      step: 'swap',
      state: 'running',
      settle: 33,
      keep: 60,
      started: NOW,
      since: NOW,
      total: 0,
      exact: true,
      segments: [{ commits: 0, done: false }],
    },
  };
  asked = 0;
  time = NOW;
  /** Streams that readers have seen further on. */
  readonly further = new Set<string>();
  /** Streams that the generation has applied past their marks, which are left. */
  readonly passed = new Set<string>();
  /** Streams of which a commit has yet to come to the live generation, or to be parked there. */
  readonly waits = new Set<string>();
  readonly cleared: string[] = [];
  /** Numbers that were told, and steps that were written, one after the other. */
  readonly done: string[] = [];
  private readonly marks: ParkingMark[] = Array.from({ length: 50 * PAGE }, (_, n) => ({
    stream: `product/${n}`,
    version: 3,
    cause: 'poison',
    at: '2026-01-01T00:00:00Z',
  }));

  /** Each request takes half a second, and a call has 20. */
  private ask<T>(answer: T): Promise<T> {
    this.asked += 1;
    this.time += 500;
    return Promise.resolve(answer);
  }

  private readonly store: ViewStore = {
    writer: () => ({
      applied: (stream) => Promise.resolve(this.passed.has(stream) ? 3 : 2),
      advance: never,
    }),
    parking: (generation) => ({
      mark: (stream) =>
        Promise.resolve(
          generation === 2 || this.waits.has(stream) ? undefined : this.marks.find((mark) => mark.stream === stream),
        ),
      park: never,
      clear: (stream) => Promise.resolve(void this.cleared.push(stream)),
      count: () => Promise.resolve(this.marks.length),
      list: (cursor = '0') => {
        const end = Number(cursor) + PAGE;
        const marks = this.marks.slice(Number(cursor), end);
        return this.ask({ marks, ...(end < this.marks.length ? { cursor: String(end) } : {}) });
      },
    }),
    check: () =>
      Promise.resolve({
        streams: never,
        folded: never,
        held: (streams) =>
          this.ask(streams.map((stream) => ({ version: this.further.has(stream) ? 3 : 2, checksum: '' }))),
      }),
    generations: {
      read: () => Promise.resolve(this.record),
      write: (record) => {
        this.done.push(record.job?.step ?? 'none');
        return Promise.resolve((this.record = { ...record, revision: record.revision + 1 }));
      },
      begin: never,
      drop: never,
      publish: () => Promise.resolve(),
      mayPublish: () => Promise.resolve(),
    },
  };

  private readonly history = () => Promise.resolve({ commits: [], more: false });

  private readonly parts: RebuildParts = {
    ...{ name: 'browse/Listing', kind: 'entity', streamName: 'product', declared: '2', functionTimeout: 20 },
    ...{ store: this.store, history: this.history, segments: { page: never, count: never } },
    log: ({ Parked }) => void (Parked === undefined || this.done.push(`Parked ${String(Parked)}`)),
    now: () => new Date(this.time),
    waiting: { random: () => 0, sleep: never },
  };

  async swap(): Promise<number> {
    let calls = 0;
    while (this.record.job?.step === 'swap' && this.record.job.state === 'running') {
      calls += 1;
      await new Rebuilder(this.parts).answer({ dbpatterns: 'rebuild', step: 'swap', job: 'job' });
    }
    return calls;
  }

  async finish(): Promise<void> {
    this.time = Date.parse('2026-01-02T00:00:00Z');
    await new Rebuilder(this.parts).answer({ dbpatterns: 'rebuild', step: 'finish', job: 'job' });
  }
}

describe('a swap where thousands of streams stand still in both generations', () => {
  it('looks at them a page at a time, and in a call only for as long as it has time', async () => {
    const view = new Swapped();
    expect(await view.swap()).toBe(5);
    expect(view.asked).toBe(100);
    expect(view.record).toMatchObject({ next: 2, job: { step: 'finish' } });
  });

  it('fails for one that readers have seen further on, wherever it is', async () => {
    const view = new Swapped();
    view.further.add('product/4321');
    await view.swap();
    expect(view.record).toMatchObject({
      beside: { phase: 'building' },
      job: { state: 'failed', problem: { code: 'parked', streams: ['product/4321'] } },
    });
    expect(view.record).not.toHaveProperty('at');
  });

  it('waits for one that readers may yet see further on', async () => {
    const view = new Swapped();
    view.waits.add('product/4321');
    await expect(view.swap()).rejects.toMatchObject({
      code: 'rebuild-unavailable',
      message: expect.stringContaining('product/4321') as string,
    });
    expect(view.record.job).toMatchObject({ step: 'swap', state: 'running' });
    view.waits.clear();
    await view.swap();
    expect(view.record).toMatchObject({ next: 2, job: { step: 'finish' } });
  });

  it('goes past marks of streams that the generation has passed itself, and takes them away', async () => {
    const view = new Swapped();
    view.further.add('product/4321').add('product/17');
    view.passed.add('product/4321').add('product/17');
    await view.swap();
    expect(view.record).toMatchObject({ next: 2, job: { step: 'finish' } });
    expect(view.cleared).toEqual(['product/17', 'product/4321']);
  });
});

describe('readers that have moved', () => {
  it('have a new number of parked streams, which is told before the step is over: a function that ends tells it again', async () => {
    const view = new Swapped();
    await view.swap();
    view.done.length = 0;
    await view.finish();
    expect(view.done).toEqual(['Parked 5000', 'drop']);
  });
});
