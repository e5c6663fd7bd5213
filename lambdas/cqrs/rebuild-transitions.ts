import type { Beside, GenerationRecord, JobProblem, JobStep, RebuildJob, SegmentProgress } from './generation.js';
import type { RebuildInput } from './rebuild.js';
import { RebuildError } from './rebuild-error.js';
import { LIVE, SEGMENTS_AT_ONCE } from './rebuild-parts.js';

// How the record of the generations goes from one state of a rebuild to the next. Nothing is asked or written here.

/** The record of a view that is, or was, rebuilt. */
export type Job = GenerationRecord & { readonly job: RebuildJob };

/** Who starts a job, how and when. */
export interface Started {
  readonly id: string;
  readonly input: RebuildInput;
  /** In milliseconds since 1970. */
  readonly time: number;
  /** The time-out of the functions that feed the view, in seconds. */
  readonly functionTimeout: number;
  /** For how many seconds the generation of before is kept where nobody has said it. Default: a day. */
  readonly keep?: number;
}

/** How many streams a problem names. */
export const NAMED = 10;

/** A copy of the record lives for 2 s; the rest is for clocks that differ. */
const LEAD = 5000;
const LEAST_LEAD = 2500;
const DAY = 86_400;
/** What one segment is enough for, in commits a second. */
const SEGMENT_RATE = 100;

/** A new job. What an earlier one has kept is dropped first. */
export function begun(record: GenerationRecord, started: Started): Job {
  const { beside } = record;
  if (isJob(record) && record.job.state !== 'done' && beside?.phase !== 'kept') {
    throw new RebuildError(
      'rebuild-running',
      `a rebuild was begun already, its job is ${record.job.state} at ${record.job.step}: ` +
        'resume it, or roll it back first',
    );
  }
  const job = newJob(started);
  if (beside === undefined) return { ...record, job };
  const since = after(started.time, job.settle);
  return { ...record, beside: { ...beside, phase: 'dropping' }, job: { ...job, step: 'drop', anew: true, since } };
}

function newJob({ id, input, time, functionTimeout, keep: kept = DAY }: Started): RebuildJob {
  const { rate, settle = functionTimeout + 3, keep = kept, segments = segmentsFor(rate) } = input;
  return {
    id,
    step: 'begin',
    state: 'running',
    ...(rate === undefined ? {} : { rate }),
    settle,
    keep,
    started: time,
    since: time,
    total: 0,
    exact: true,
    segments: fresh(segments),
  };
}

/** Each segment is a function that runs for as long as the job does: a slow job needs few of them. */
function segmentsFor(rate: number | undefined): number {
  return rate === undefined ? SEGMENTS_AT_ONCE : Math.min(SEGMENTS_AT_ONCE, Math.ceil(rate / SEGMENT_RATE));
}

/** Goes on with what was stopped, has failed, or whose execution is gone. */
export function resumed(record: GenerationRecord, started: Started): Job {
  if (!isJob(record) || record.job.state === 'done') throw nothing('resume: no rebuild was stopped or has failed');
  const { problem, ...job } = record.job;
  // A rollback that stood still before readers moved has its generation kept, as before it began.
  if (job.rollback === true && (job.step === 'verify' || job.step === 'swap') && record.beside?.phase === 'kept') {
    return rolledBack(record, started);
  }
  const { rate = job.rate, settle = job.settle, keep = job.keep } = started.input;
  // Where streams were at fault, all of them are looked at once more.
  const segments = problem === undefined || problem.streams.length === 0 ? job.segments : fresh(job.segments.length);
  // The generation of before is kept from when readers moved.
  const since = job.step === 'drop' && record.beside?.phase === 'kept' ? after(job.since, keep - job.keep) : job.since;
  const again = { id: started.id, state: 'running', settle, keep, since, segments } as const;
  return { ...record, job: { ...job, ...again, ...(rate === undefined ? {} : { rate }) } };
}

/** Back to the generation of before, or away with a new one that nobody reads yet. */
export function rolledBack(record: GenerationRecord, started: Started): Job {
  const { beside } = record;
  const { id, input, time } = started;
  const { anew: _, problem: __, turn: ___, ...before } = record.job ?? newJob(started);
  const { settle = before.settle, keep = before.keep } = input;
  const job = { ...before, id, state: 'running', settle, keep, rollback: true } as const;
  const since = after(time, settle);
  if (beside === undefined) {
    if (record.job?.step === 'begin') {
      // Room may have been made for it already, or is being made by a function that is not heard of any more.
      const generation = nextOf(record);
      const left = { generation, phase: 'dropping' } as const;
      return { ...record, last: generation, beside: left, job: { ...job, step: 'drop', since } };
    }
    throw nothing('roll back to: the generation of before was dropped');
  }
  switch (beside.phase) {
    case 'dropping':
      throw new RebuildError('too-late', `generation ${beside.generation} is being dropped: rebuild the view instead`);
    case 'kept':
      return { ...record, beside: { ...beside, phase: 'ready' }, job: back(job, since) };
    default:
      // Readers are on their way to it, and come back from there.
      if (record.at !== undefined) return { ...record, job: { ...job, step: 'finish', turn: true } };
      return { ...record, beside: { ...beside, phase: 'dropping' }, job: { ...job, step: 'drop', since } };
  }
}

/** Stands still until it is resumed. What was built stays. */
export function stopped(record: GenerationRecord): Job {
  if (!isJob(record) || record.job.state !== 'running') throw nothing('stop: no rebuild is on its way');
  const { step } = record.job;
  if (step === 'finish' || step === 'drop' || record.at !== undefined) {
    throw new RebuildError('too-late', 'readers have moved, or a generation is being dropped: that is not stopped');
  }
  const at = held(record);
  return { ...at, job: { ...at.job, state: 'stopped' } };
}

/** Its execution has ended in an error: nobody works on it until it is resumed, or rolled back. */
export function givenUp(record: Job, error: string): Job {
  const { job, beside } = record;
  const message =
    `the execution has ended with ${error}: see the log of the projection's function for why; ` +
    'then resume it, or roll it back';
  const problem = job.problem ?? { code: 'given-up', message, streams: [] };
  // Readers have moved, or items are gone: that can only be gone on with.
  const isPast = record.at !== undefined || beside?.phase === 'kept' || beside?.phase === 'dropping';
  return isPast ? { ...record, job: { ...job, state: 'failed', problem } } : failed(record, problem);
}

/** Ends with why it does not go on by itself; streams that waited for the new generation go on. */
export function failed(record: Job, problem = record.job.problem): Job {
  const at = held(record);
  return { ...at, job: { ...at.job, state: 'failed', ...(problem === undefined ? {} : { problem }) } };
}

/** A job that stands still holds nothing up: its generation is built, or kept, as before. */
function held(record: Job): Job {
  const { beside, job } = record;
  if (beside?.phase !== 'ready' && beside?.phase !== 'frozen') return record;
  if (job.rollback === true) return phased(record, 'kept');
  const step = beside.phase === 'frozen' ? 'freeze' : 'ready';
  return { ...phased(record, 'building'), job: { ...job, step, segments: fresh(job.segments.length) } };
}

/** There is room for the new generation: it is fed from now on, and filled once all feed it. */
export function filling(record: Job, made: Beside, total: Pick<RebuildJob, 'total' | 'exact'>, time: number): Job {
  const since = after(time, record.job.settle);
  return { ...record, last: made.generation, beside: made, job: { ...record.job, ...total, step: 'fill', since } };
}

/** How far a segment has got, and what was found in it. */
export function noted(record: Job, segment: number, reached: SegmentProgress, found: JobProblem | undefined): Job {
  const { job } = record;
  const segments = job.segments.map((one, n) => (n === segment && !one.done ? reached : one));
  if (found === undefined) return { ...record, job: { ...job, segments } };
  const streams = [...new Set([...(job.problem?.streams ?? []), ...found.streams])].slice(0, NAMED);
  return { ...record, job: { ...job, segments, problem: { ...found, streams } } };
}

/** What comes after a step that was worked on by segments. */
export function afterSegments(record: Job, hasTotals: boolean, time: number): Job {
  const { job } = record;
  if (job.problem !== undefined) return failed(record);
  if (job.segments.some(({ done }) => !done)) return record;
  const to = (step: JobStep): Job => ({
    ...record,
    job: { ...job, step, since: time, segments: fresh(job.segments.length) },
  });
  if (job.step === 'fill') return to('verify');
  if (job.step === 'totals') return to('ready');
  if (record.beside?.phase === 'ready') return to('swap');
  return to(hasTotals ? 'freeze' : 'ready');
}

/** The new generation stands still, so that its totals can be compared. */
export function frozen(record: Job, time: number): Job {
  const { job } = record;
  // One after the other through all of them: the totals of a view belong to no segment of history.
  const segments = fresh(job.segments.length).map((one, segment) => ({ ...one, done: segment > 0 }));
  return { ...phased(record, 'frozen'), job: { ...job, step: 'totals', since: after(time, job.settle), segments } };
}

/** The new generation is written first, and what it has missed until then is looked for. */
export function madeReady(record: Job, time: number): Job {
  const { job } = record;
  const segments = fresh(job.segments.length);
  return { ...phased(record, 'ready'), job: { ...job, step: 'verify', since: after(time, job.settle), segments } };
}

/**
 * From a moment on that every reader will have heard of, all of them read the other generation; unless streams stand
 * still in it further back than readers have seen them.
 */
export function swapping(record: Job, behind: readonly string[], time: number): Job {
  const next = generationOf(record);
  if (behind.length > 0) {
    const message = `streams are parked in generation ${next} that readers of generation ${record.live} see further on`;
    return failed(record, { code: 'parked', message, streams: behind });
  }
  const at = time + Math.min(LEAD, Math.max(LEAST_LEAD, record.job.settle * 1000));
  // Functions whose clocks are behind get a second more.
  return { ...record, next, at, job: { ...record.job, step: 'finish', since: at + 1000 } };
}

/** How far the streams that stand still were looked at, before readers move. */
export function lookedAt(record: Job, cursor: string): Job {
  const segments = fresh(record.job.segments.length).map((one, n) => (n === 0 ? { ...one, cursor } : one));
  return { ...record, job: { ...record.job, segments } };
}

/** Readers have moved. */
export function finished(record: Job, generation: number, time: number): Job {
  const { next: _, at: __, version, ...rest } = record;
  const { beside } = record;
  const { turn, ...job } = record.job;
  if (beside?.generation !== generation) return record;
  const before = { generation: record.live, ...(version === undefined ? {} : { version }) };
  const moved = { ...rest, live: generation, version: beside.version };
  if (turn === true) {
    return {
      ...moved,
      beside: { ...before, phase: 'ready' },
      job: back(job, after(time, job.settle)),
    };
  }
  return {
    ...moved,
    beside: { ...before, phase: 'kept' },
    job: { ...job, step: 'drop', since: after(time, job.keep) },
  };
}

/** A generation is fed no longer; it is deleted once nobody feeds it. */
export function dropping(record: Job, time: number): Job {
  return { ...phased(record, 'dropping'), job: { ...record.job, since: after(time, record.job.settle) } };
}

/** A generation is gone, and with it the job, unless it has made room for a new one. */
export function dropped(record: Job, generation: number): Job {
  const { beside, job: given, ...rest } = record;
  const { anew, ...job } = given;
  if (beside?.generation !== generation) return record;
  return { ...rest, job: anew === true ? { ...job, step: 'begin' } : { ...job, step: 'done', state: 'done' } };
}

export function isJob(record: GenerationRecord): record is Job {
  return record.job !== undefined;
}

/** Whether it is the turn of this job's step. */
export function isAt({ job }: GenerationRecord, id: string, step: JobStep): boolean {
  return job?.id === id && job.state === 'running' && job.step === step;
}

/** The generation that a rebuild makes room for. */
export function nextOf({ last, live }: GenerationRecord): number {
  return (last ?? live) + 1;
}

/** The generation that a rebuild builds or drops. */
export function generationOf({ beside }: GenerationRecord): number {
  if (beside === undefined) throw nothing('do: there is one generation only');
  return beside.generation;
}

function phased(record: Job, phase: Beside['phase']): Job {
  const { beside } = record;
  return beside === undefined ? record : { ...record, beside: { ...beside, phase } };
}

/**
 * On the way back to a generation that was written first: a function that ended between its two writes may have left it
 * behind the live one nevertheless, so their streams are compared before the swap.
 */
function back<Given extends RebuildJob>(job: Given, since: number): Given {
  const segments = fresh(SEGMENTS_AT_ONCE).map((one) => ({ ...one, cursor: LIVE }));
  return { ...job, step: 'verify', since, segments };
}

function fresh(segments: number): SegmentProgress[] {
  return Array.from({ length: segments }, () => ({ commits: 0, done: false }));
}

function after(time: number, seconds: number): number {
  return time + seconds * 1000;
}

function nothing(what: string): RebuildError {
  return new RebuildError('nothing-to-do', `there is nothing to ${what}`);
}
