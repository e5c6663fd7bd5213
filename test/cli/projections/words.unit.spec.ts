import { describe, expect, it } from 'vitest';
import type { Job } from '../../../cli/projections/answers.js';
import type { Observed } from '../../../cli/projections/observed.js';
import { outcome, refusal } from '../../../cli/projections/words.js';

function view(job?: Partial<Job>, ended?: string): Observed {
  const whole: Job = {
    id: 'arn',
    generation: 2,
    step: 'fill',
    state: 'running',
    rollback: false,
    done: 10,
    total: 100,
    exact: true,
    rate: 5,
    ...job,
  };
  return {
    name: 'browse/Listing',
    kind: 'entity',
    stream: 'product',
    generation: 1,
    version: '1',
    declared: '2',
    due: job === undefined,
    parked: 0,
    more: false,
    ...(job === undefined ? {} : { job: whole }),
    ...(ended === undefined ? {} : { ended }),
  };
}

const KEPT = { step: 'drop', dropAt: '2026-02-01T00:00:00.000Z' };
const DROPPING = { step: 'drop' };

describe('what is said of a rebuild', () => {
  it('that runs, is how far it is', () => {
    expect(outcome(view({}))).toContain('filled with 10/100 commits (10 %), 5/s');
  });

  it('whose execution has ended, is that nobody works on it, and what to do', () => {
    const said = outcome(view({}, 'ABORTED'));
    expect(said).toContain('nobody works on the rebuild any more, its execution is ABORTED');
    expect(said).toContain('readers see generation 1, version 1');
    expect(said).toContain('dbpatterns projections resume browse/Listing');
    expect(said).toContain('dbpatterns projections rollback browse/Listing');
  });

  it.each([
    ['was kept', KEPT, true],
    ['is being dropped', DROPPING, false],
  ])('whose execution has ended while a generation %s, offers a rollback only if there is one', (_, job, offered) => {
    const said = outcome(view(job, 'TIMED_OUT'));
    expect(said).toContain('projections resume');
    expect(said.includes('projections rollback')).toBe(offered);
  });
});

describe('an execution is not started where it would be refused', () => {
  it.each([
    ['a rebuild where one runs', {}, view({}), /on its way already/],
    ['a rebuild where one has failed', {}, view({ state: 'failed' }), /begun already.*failed.*projections resume/s],
    ['a rebuild where one was stopped', {}, view({ state: 'stopped' }), /begun already.*stopped/s],
    ['a rebuild where nobody works on one', {}, view({}, 'ABORTED'), /begun already.*ABORTED/s],
    ['a resume where nothing was begun', { resume: true } as const, view(), /nothing to resume/],
    [
      'a resume where all is done',
      { resume: true } as const,
      view({ state: 'done', step: 'done' }),
      /nothing to resume/,
    ],
    ['a rollback where nothing was begun', { rollback: true } as const, view(), /nothing to roll back/],
    ['a rollback while one is dropped', { rollback: true } as const, view(DROPPING), /is being dropped/],
  ])('%s', (_, input, status, why) => {
    expect(refusal(status, input)).toMatch(why);
  });

  it.each([
    ['a rebuild where none was begun', {}, view()],
    ['a rebuild where one is done', {}, view({ state: 'done', step: 'done' })],
    ['a rebuild where the one of before is kept', {}, view(KEPT)],
    ['a resume of one that has failed', { resume: true } as const, view({ state: 'failed' })],
    ['a resume of one that nobody works on', { resume: true } as const, view({}, 'ABORTED')],
    ['a rollback before readers have moved', { rollback: true } as const, view({})],
    ['a rollback to the one that is kept', { rollback: true } as const, view(KEPT)],
  ])('but %s is', (_, input, status) => {
    expect(refusal(status, input)).toBeUndefined();
  });
});
