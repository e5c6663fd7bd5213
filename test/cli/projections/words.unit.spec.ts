import { describe, expect, it } from 'vitest';
import type { Job } from '../../../cli/projections/answers.js';
import type { Observed } from '../../../cli/projections/observed.js';
import { leftAlone, outcome, progress } from '../../../cli/projections/words.js';

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

  it('that waits, is for how long and for what', () => {
    expect(progress(view({ wait: 23, done: 0, total: 0 }).job!)).toBe(
      'generation 2: waits 23 s until no function works by the state of before, then is filled',
    );
    expect(progress(view({ step: 'finish', wait: 5 }).job!)).toBe('generation 2: readers move within 5 s');
  });

  it('whose second verify follows what was missed, is that it catches up', () => {
    expect(progress(view({ step: 'verify' }).job!)).toContain('compared with 10/100');
    expect(progress(view({ step: 'verify', catchingUp: true }).job!)).toContain('catches up, looks at 10/100');
  });

  it('whose generation of before is kept, is until when', () => {
    expect(progress(view(KEPT).job!)).toBe('generation 2: kept until 2026-02-01T00:00:00.000Z');
  });

  it('that failed for parked streams, names the command for each', () => {
    const problem = { code: 'parked', message: 'streams are parked', streams: ['product/1', 'product/2'] };
    const said = outcome(view({ state: 'failed', problem }));
    expect(said).toContain('\n  dbpatterns projections discard browse/Listing product/1\n');
    expect(said).toContain('\n  dbpatterns projections discard browse/Listing product/2');
    expect(outcome(view({ state: 'failed', problem: { ...problem, code: 'differs' } }))).not.toContain('discard');
  });

  it('whose execution has ended, is that nobody works on it, and what to do', () => {
    const said = outcome(view({}, 'ABORTED'));
    expect(said).toContain('nobody works on the rebuild any more, its execution is ABORTED');
    expect(said).toContain('readers see generation 1, version 1');
    expect(said).toContain('dbpatterns projections resume browse/Listing');
    expect(said).toContain('dbpatterns projections rollback browse/Listing');
  });

  it('whose execution has ended while a generation is kept, is that it still is', () => {
    const said = outcome(view(KEPT, 'FAILED'));
    expect(said).toContain('Generation 2 is still kept');
    expect(said).toContain('"dbpatterns projections resume browse/Listing" drops it after 2026-02-01');
    expect(said).toContain('"dbpatterns projections rollback browse/Listing" returns to it');
    expect(said).not.toContain('nobody works');
    expect(progress(view(KEPT).job!, 'FAILED')).toBe('generation 2: still kept, its execution is FAILED');
  });

  it('whose execution has ended while a generation is dropped, offers no rollback', () => {
    const said = outcome(view(DROPPING, 'TIMED_OUT'));
    expect(said).toContain('projections resume');
    expect(said).not.toContain('projections rollback');
  });
});

describe('a job is left to the execution that works on it', () => {
  it.each([
    [
      'and is followed or given up',
      view({}),
      undefined,
      /on its way already.*projections status.*projections rollback/,
    ],
    ['and is followed only where it is a rollback', view({ rollback: true }), undefined, /a rollback is.*status[^,]*$/],
    [
      'and is followed only where a generation is dropped',
      view(DROPPING),
      undefined,
      /on its way already.*status[^,]*$/,
    ],
    ['where readers have moved', view(KEPT), undefined, /nothing to resume.*kept until 2026.*--keep/],
  ])('%s', (_, status, keep, why) => {
    expect(leftAlone(status, keep)).toMatch(why);
  });

  it.each([
    ['there is none', view(), undefined],
    ['it has failed', view({ state: 'failed' }), undefined],
    ['it was stopped', view({ state: 'stopped' }), undefined],
    ['nobody works on it', view({}, 'ABORTED'), undefined],
    ['nobody drops what is kept', view(KEPT, 'FAILED'), undefined],
    ['what is kept shall be kept for another time', view(KEPT), 0],
  ])('unless %s', (_, status, keep) => {
    expect(leftAlone(status, keep)).toBeUndefined();
  });
});
