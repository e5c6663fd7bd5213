import { describe, expect, it } from 'vitest';
import { FIRST, type GenerationRecord, type JobStep } from '../../../lambdas/cqrs/generation.js';
import { RebuildError } from '../../../lambdas/cqrs/rebuild-error.js';
import { checkInput } from '../../../lambdas/cqrs/rebuild-input.js';
import {
  afterSegments,
  begun,
  dropped,
  dropping,
  filling,
  finished,
  frozen,
  givenUp,
  madeReady,
  noted,
  resumed,
  rolledBack,
  stopped,
  swapping,
  type Job,
  type Started,
} from '../../../lambdas/cqrs/rebuild-transitions.js';

const NOW = 1_000_000;
const started = (id: string, input: Started['input'] = {}): Started => ({
  id,
  input: { settle: 3, keep: 60, segments: 2, ...input },
  time: NOW,
  functionTimeout: 20,
});
const worked = (job: Job): Job =>
  job.job.segments.reduce((record, _, segment) => noted(record, segment, { commits: 1, done: true }, undefined), job);

/** The next state of a job, as its step says. */
function next(record: Job, hasTotals: boolean): Job {
  switch (record.job.step) {
    case 'begin': {
      const generation = (record.last ?? record.live) + 1;
      return filling(record, { generation, phase: 'building', version: '2' }, { total: 2, exact: true }, NOW);
    }
    case 'freeze':
      return frozen(record, NOW);
    case 'ready':
      return madeReady(record, NOW);
    case 'swap':
      return swapping(record, [], NOW);
    case 'finish':
      return finished(record, record.beside!.generation, NOW);
    case 'drop':
      return record.beside!.phase === 'dropping' ? dropped(record, record.beside!.generation) : dropping(record, NOW);
    default:
      return afterSegments(worked(record), hasTotals, NOW);
  }
}

/** The states of a job, from its first to its last. */
function course(record: Job, hasTotals = false): Job[] {
  const states = [record];
  for (let at = record; at.job.state === 'running' && states.length < 30;) {
    at = next(at, hasTotals);
    states.push(at);
  }
  return states;
}

const steps = (states: readonly Job[]): string[] =>
  states.map(({ job, beside }) => `${job.step} ${beside?.phase ?? '-'}`);
/** The first state at a step and in a phase, of a view without totals. */
const at = (step: JobStep, phase: string): Job =>
  course(begun(FIRST, started('a'))).find((state) => steps([state])[0] === `${step} ${phase}`)!;

describe('the record of a rebuild', () => {
  it('goes through building, being ready and the swap to one generation', () => {
    const states = course(begun(FIRST, started('a')));
    expect(steps(states)).toEqual([
      ...['begin -', 'fill building', 'verify building', 'ready building', 'verify ready', 'swap ready'],
      ...['finish ready', 'drop kept', 'drop dropping', 'done -'],
    ]);
    const { job, ...record } = states.at(-1)!;
    expect(record).toEqual({ live: 2, last: 2, revision: 0, version: '2' });
    expect(job).toMatchObject({ id: 'a', state: 'done' });
  });

  it('stands still for totals where there are any', () => {
    expect(steps(course(begun(FIRST, started('a')), true)).slice(2, 6)).toEqual([
      ...['verify building', 'freeze building', 'totals frozen', 'ready frozen'],
    ]);
  });

  it('drops what is kept before it takes the next number', () => {
    const kept = at('drop', 'kept');
    const states = course(begun(kept, started('b')));
    expect(steps(states).slice(0, 3)).toEqual(['drop dropping', 'begin -', 'fill building']);
    expect(states[2]).toMatchObject({ live: 2, beside: { generation: 3 } });
  });

  it('lets readers move at a moment that all of them have heard of', () => {
    const { next: generation, at: moment, job } = swapping(at('swap', 'ready'), [], NOW);
    expect({ generation, moment, since: job.since }).toEqual({
      generation: 2,
      moment: NOW + 3000,
      since: NOW + 4000,
    });
  });

  it('fails before readers would see a stream further back', () => {
    expect(swapping(at('swap', 'ready'), ['product/3'], NOW)).toMatchObject({
      beside: { phase: 'building' },
      job: { state: 'failed', problem: { code: 'parked', streams: ['product/3'] } },
    });
  });

  it('names each stream of a problem once, and up to ten', () => {
    let record = at('fill', 'building');
    for (let n = 0; n < 15; n += 1) {
      const streams = ['product/0', `product/${n}`];
      record = noted(record, 0, { commits: n, done: false }, { code: 'differs', message: '', streams });
    }
    expect(record.job.problem?.streams).toEqual(Array.from({ length: 10 }, (_, n) => `product/${n}`));
  });
});

describe('a job that is stopped', () => {
  const states = [false, true].flatMap((hasTotals) => course(begun(FIRST, started('a')), hasTotals).slice(1));
  const stoppable = states.filter(({ job }) => !['finish', 'drop', 'done'].includes(job.step));

  it.each(stoppable.map((state) => [steps([state])[0], state] as const))('at "%s" holds nothing up', (_, state) => {
    expect(stopped(state)).toMatchObject({ beside: { phase: 'building' }, job: { state: 'stopped' } });
    const again = course(resumed(stopped(state), started('b', { resume: true })), state.beside?.phase === 'frozen');
    expect(again.at(-1)).toMatchObject({ live: 2, job: { id: 'b', state: 'done' } });
  });

  it('is too late once readers move', () => {
    for (const state of states.filter(({ job }) => job.step === 'finish' || job.step === 'drop')) {
      expect(() => stopped(state)).toThrow(/readers have moved/);
    }
    expect(() => stopped(FIRST)).toThrow(/nothing to stop/);
  });
});

describe('a rollback', () => {
  const back = (record: GenerationRecord): Job => rolledBack(record, started('b', { rollback: true }));

  it('drops a generation that nobody reads', () => {
    for (const [step, phase] of [
      ['fill', 'building'],
      ['verify', 'ready'],
      ['swap', 'ready'],
    ] as const) {
      const states = course(back(at(step, phase)));
      expect(steps(states)).toEqual(['drop dropping', 'done -']);
      expect(states.at(-1)).toMatchObject({ live: 1 });
    }
  });

  it('meets readers who are on their way, and brings them back', () => {
    const states = course(back(at('finish', 'ready')));
    expect(steps(states)).toEqual([
      'finish ready',
      'verify ready',
      'swap ready',
      'finish ready',
      'drop kept',
      'drop dropping',
      'done -',
    ]);
    expect(states.map(({ live }) => live)).toEqual([1, 2, 2, 2, 1, 1, 1]);
  });

  it('returns to what was kept, and is too late when that is being dropped', () => {
    const states = course(back(at('drop', 'kept')));
    expect(steps(states).slice(0, 3)).toEqual(['verify ready', 'swap ready', 'finish ready']);
    expect(states.at(-1)).toMatchObject({ live: 1 });
    expect(() => back(at('drop', 'dropping'))).toThrow(/being dropped/);
    expect(() => back(at('done', '-'))).toThrow(/nothing to roll back/);
  });

  it('compares streams with the live ones before readers move back, and reads no history for it', () => {
    for (const state of [back(at('drop', 'kept')), course(back(at('finish', 'ready')))[1]!]) {
      expect(state.job.segments).toEqual(
        Array.from({ length: 8 }, () => ({ commits: 0, done: false, cursor: 'live:' })),
      );
    }
  });

  it('drops what a job has made room for that was not filled, and uses its number no more', () => {
    for (const record of [begun(FIRST, started('a')), stopped(begun(FIRST, started('a')))]) {
      expect(() => begun(record, started('c'))).toThrow(`its job is ${record.job.state} at begin: resume it`);
      const states = course(back(record));
      expect(steps(states)).toEqual(['drop dropping', 'done -']);
      expect(states[0]).toMatchObject({ live: 1, beside: { generation: 2 } });
      expect(course(begun(states.at(-1)!, started('c')))[1]).toMatchObject({ beside: { generation: 3 } });
    }
  });
});

describe('a job whose execution has ended in an error', () => {
  const states = [false, true].flatMap((hasTotals) => course(begun(FIRST, started('a')), hasTotals).slice(0, -1));

  it.each(states.map((state) => [steps([state])[0], state] as const))('at "%s" can be gone on with', (_, state) => {
    const failed = givenUp(state, 'TypeError');
    expect(failed.job).toMatchObject({ state: 'failed', problem: { code: 'given-up', streams: [] } });
    expect(failed.job.problem?.message).toContain('TypeError');
    const again = course(resumed(failed, started('b', { resume: true })), state.beside?.phase === 'frozen');
    expect(again.at(-1)).toMatchObject({ live: 2, job: { id: 'b', state: 'done' } });
    expect(again.at(-1)!.job.problem).toBeUndefined();
  });

  it('holds nothing up before readers move, and goes nowhere back afterwards', () => {
    expect(givenUp(at('swap', 'ready'), 'TypeError')).toMatchObject({ beside: { phase: 'building' } });
    for (const state of [at('finish', 'ready'), at('drop', 'kept'), at('drop', 'dropping')]) {
      const { job, ...record } = givenUp(state, 'TypeError');
      const { job: before, ...same } = state;
      expect(record).toEqual(same);
      expect(job.step).toBe(before.step);
    }
  });

  it('keeps how far it was, and the streams that were at fault', () => {
    const found = { code: 'parked', message: 'mend', streams: ['product/3'] };
    const half = noted(at('fill', 'building'), 0, { commits: 7, done: false, cursor: 'c' }, undefined);
    const again = resumed(givenUp(half, 'TypeError'), started('b', { resume: true }));
    expect(again.job.segments).toEqual(half.job.segments);
    expect(givenUp(noted(half, 1, { commits: 1, done: true }, found), 'TypeError').job.problem).toEqual(found);
  });

  it('goes on with a rollback where it was, whichever way it went', () => {
    const back = course(rolledBack(at('drop', 'kept'), started('b', { rollback: true }))).slice(0, -1);
    for (const state of [...back, ...back.slice(0, 1).map(stopped)]) {
      const failed = state.job.state === 'running' ? givenUp(state, 'TypeError') : state;
      expect(course(resumed(failed, started('c', { resume: true }))).at(-1)).toMatchObject({ live: 1 });
    }
  });
});

describe('what a job is started with', () => {
  const stands = stopped(at('fill', 'building'));

  it('stays when it is resumed or rolled back, unless it is said anew', () => {
    const input = { keep: undefined, settle: undefined, segments: undefined };
    const same = { settle: 3, keep: 60 };
    expect(resumed(stands, started('b', { ...input, resume: true })).job).toMatchObject(same);
    expect(rolledBack(stands, started('b', { ...input, rollback: true })).job).toMatchObject(same);
    const anew = { keep: 5, settle: 7 };
    expect(resumed(stands, started('b', { ...input, ...anew, resume: true })).job).toMatchObject(anew);
    expect(rolledBack(stands, started('b', { ...input, ...anew, rollback: true })).job).toMatchObject(anew);
    expect(resumed(stands, started('b', { rate: 9, resume: true })).job).toMatchObject({ rate: 9 });
  });

  it('may be changed while the generation of before is kept: the time counts from when readers moved', () => {
    const kept = at('drop', 'kept');
    expect(resumed(kept, started('b', { resume: true, keep: 61 })).job.since).toBe(kept.job.since + 1000);
    const same = resumed(kept, started('b', { resume: true, keep: undefined }));
    expect(same.job.since).toBe(kept.job.since);
  });

  it('is what the construct says where nobody says anything', () => {
    const { job } = begun(FIRST, { id: 'a', input: {}, time: NOW, functionTimeout: 20, keep: 500 });
    expect(job).toMatchObject({ keep: 500, settle: 23 });
    expect(begun(FIRST, { id: 'a', input: {}, time: NOW, functionTimeout: 20 }).job.keep).toBe(86_400);
  });

  it.each([
    [undefined, 8],
    [0.5, 1],
    [100, 1],
    [101, 2],
    [5000, 8],
  ])('at a rate of %s a second takes %i segments, since each is a function that waits with it', (rate, segments) => {
    const { job } = begun(FIRST, { id: 'a', input: { rate }, time: NOW, functionTimeout: 20 });
    expect(job.segments).toHaveLength(segments);
  });

  it.each([
    { keep: 25_920_001 },
    { settle: 25_920_001 },
    { keep: -1 },
    { settle: NaN },
    { rate: 0 },
    { segments: 0 },
    { segments: 65 },
    { segments: 1.5 },
  ])('is refused where it cannot be: %o', (input) => {
    expect(() => checkInput(input)).toThrow(RebuildError);
    expect(() => checkInput({ keep: 25_920_000, settle: 0, rate: 0.5, segments: 64 })).not.toThrow();
  });
});
