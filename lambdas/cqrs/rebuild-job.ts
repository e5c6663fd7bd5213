import { jittered } from './backoff.js';
import type { Beside, GenerationRecord, JobStep, RebuildJob, SegmentProgress } from './generation.js';
import type { Part, RebuildInput, RebuildRequest, RebuildStatus, Todo } from './rebuild.js';
import { RebuildError, RebuildUnavailableError } from './rebuild-error.js';
import { statusOf } from './rebuild-status.js';
import { SegmentWorker, type RebuildParts } from './rebuild-segment.js';
import type { ParkingMark } from './view-store.js';

type Job = GenerationRecord & { readonly job: RebuildJob };

/** A copy of the record lives for 2 s; the rest is for clocks that differ. */
const LEAD = 5000;
const LEAST_LEAD = 2500;
const DAY = 86_400;
const SEGMENTS = 8;
const MOST_SEGMENTS = 64;
/** How often the record is written anew where others write it too. */
const CONFLICTS = 60;
/** Another execution has taken over. */
const SUPERSEDED: Todo = { step: 'superseded', wait: 0, segments: [] };
/** How many streams a problem names. */
const NAMED = 10;

/** Does the steps of a rebuild. What is to be done next always stands in the record. */
export class Rebuilder {
  constructor(private readonly parts: RebuildParts) {}

  async answer(request: RebuildRequest): Promise<Todo | Part | RebuildStatus> {
    switch (request.step) {
      case 'status':
        return this.status();
      case 'stop':
        return this.stop();
      case 'start':
        return this.start(request.job, request.input ?? {});
      case 'fill':
      case 'verify':
      case 'totals':
        return this.portion(request.step, request.job, request.segment);
      case 'next':
      case 'freeze':
      case 'ready':
      case 'swap':
      case 'finish':
      case 'drop':
        return this.go(request.step, request.job);
    }
  }

  private async status(): Promise<RebuildStatus> {
    const { store, now } = this.parts;
    const record = await store.generations.read();
    return statusOf(this.parts, record, await store.parking(record.live).list(), now().getTime());
  }

  /** Ends the job at its next call. What was built stays, and can be gone on with. */
  private async stop(): Promise<RebuildStatus> {
    await this.change((record) => {
      if (!isJob(record) || record.job.state !== 'running') throw nothing('stop: no rebuild is on its way');
      const { step } = record.job;
      if (step === 'finish' || step === 'drop' || record.at !== undefined) {
        throw new RebuildError('too-late', 'readers have moved, or a generation is being dropped: that is not stopped');
      }
      return { ...held(record), job: { ...held(record).job, state: 'stopped' } };
    });
    return this.status();
  }

  private async start(id: string, input: RebuildInput): Promise<Todo> {
    checkInput(input);
    const record = await this.change((current) => {
      if (current.job?.id === id) return undefined;
      if (input.rollback === true) return this.rolledBack(current, id, input);
      return input.resume === true ? this.resumed(current, id, input) : this.begun(current, id, input);
    });
    const todo = await this.settled(record, id);
    this.parts.log({ level: 'info', message: 'rebuild', step: todo.step, generation: record.beside?.generation });
    return todo;
  }

  /** A new job. What an earlier one has kept is dropped first. */
  private begun(record: GenerationRecord, id: string, input: RebuildInput): GenerationRecord {
    const { beside } = record;
    if (isJob(record) && record.job.state !== 'done' && beside?.phase !== 'kept') {
      throw new RebuildError(
        'rebuild-running',
        `generation ${beside?.generation ?? ''} is being built already, its job is ${record.job.state}: ` +
          'resume it, or roll it back first',
      );
    }
    const job = this.newJob(id, input);
    if (beside === undefined) return { ...record, job };
    const since = this.after(job.settle);
    return { ...record, beside: { ...beside, phase: 'dropping' }, job: { ...job, step: 'drop', anew: true, since } };
  }

  private newJob(id: string, input: RebuildInput): RebuildJob {
    const time = this.time();
    const { rate, settle = this.parts.functionTimeout + 3, keep = DAY, segments = SEGMENTS } = input;
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

  private resumed(record: GenerationRecord, id: string, input: RebuildInput): GenerationRecord {
    if (!isJob(record) || record.job.state === 'done') throw nothing('resume: no rebuild was stopped or has failed');
    const { problem, ...job } = record.job;
    if (job.rollback === true && job.state !== 'running') return this.rolledBack(record, id, input);
    const { rate = job.rate } = input;
    const again = problem === undefined ? job.segments : fresh(job.segments.length);
    return {
      ...record,
      job: { ...job, id, state: 'running', segments: again, ...(rate === undefined ? {} : { rate }) },
    };
  }

  /** Back to the generation of before, or away with a new one that nobody reads yet. */
  private rolledBack(record: GenerationRecord, id: string, input: RebuildInput): GenerationRecord {
    const { beside } = record;
    const settle = input.settle ?? record.job?.settle ?? this.parts.functionTimeout + 3;
    const keep = input.keep ?? record.job?.keep ?? DAY;
    const { anew: _, problem: __, turn: ___, ...before } = record.job ?? this.newJob(id, input);
    const job = { ...before, id, state: 'running', settle, keep, rollback: true } as const;
    if (beside === undefined) {
      if (record.job?.step === 'begin' && record.job.state === 'running') {
        return { ...record, job: { ...job, step: 'done', state: 'done' } };
      }
      throw nothing('roll back to: the generation of before was dropped');
    }
    switch (beside.phase) {
      case 'dropping':
        throw new RebuildError(
          'too-late',
          `generation ${beside.generation} is being dropped: rebuild the view instead`,
        );
      case 'kept':
        return {
          ...record,
          beside: { ...beside, phase: 'ready' },
          job: { ...job, step: 'swap', since: this.after(settle) },
        };
      default:
        // Readers are on their way to it, and come back from there.
        if (record.at !== undefined) return { ...record, job: { ...job, step: 'finish', turn: true } };
        return {
          ...record,
          beside: { ...beside, phase: 'dropping' },
          job: { ...job, step: 'drop', since: this.after(settle) },
        };
    }
  }

  /** A step that is not worked on by segments. */
  private async go(step: 'next' | JobStep, id: string): Promise<Todo> {
    const record = await this.parts.store.generations.read();
    const { job } = record;
    if (job?.id !== id) return SUPERSEDED;
    const isNext = step === 'next' && job.segments.length > 0;
    if (!isJob(record) || job.state !== 'running' || this.time() < job.since) return this.todo(record, id);
    if (step !== job.step && !isNext) return this.todo(record, id);
    return this.settled(await this.stepped(record), id);
  }

  /** Does the next step, where it is this one's turn. */
  private async stepped(record: Job): Promise<GenerationRecord> {
    const { job } = record;
    switch (job.step) {
      case 'fill':
      case 'verify':
      case 'totals':
        return this.afterPortions(record);
      case 'freeze':
        return this.own(job, (current) => ({
          ...phased(current, 'frozen'),
          job: {
            ...current.job,
            step: 'totals',
            since: this.after(job.settle),
            // One after the other through all of them: the totals of a view belong to no segment of history.
            segments: fresh(job.segments.length).map((one, segment) => ({ ...one, done: segment > 0 })),
          },
        }));
      case 'ready':
        return this.own(job, (current) => ({
          ...phased(current, 'ready'),
          job: {
            ...current.job,
            step: 'verify',
            since: this.after(job.settle),
            segments: fresh(job.segments.length),
          },
        }));
      case 'swap':
        return this.swap(record);
      case 'finish':
        return this.finish(record);
      case 'drop':
        return this.drop(record);
      case 'begin':
      case 'done':
        return record;
    }
  }

  private async afterPortions(record: Job): Promise<GenerationRecord> {
    const check = await this.parts.store.check(generationOf(record));
    return this.own(record.job, (current) => afterSegments(current, check.totals !== undefined, this.time()));
  }

  /** From a moment on that every reader will have heard of, all of them read the other generation. */
  private async swap(record: Job): Promise<GenerationRecord> {
    const next = generationOf(record);
    const behind = await this.parkedBehind(next, record.live);
    return this.own(record.job, (current) => {
      if (behind.length > 0) {
        const message = `streams are parked in generation ${next} that readers of generation ${current.live} see further on`;
        return failed({ ...current, job: { ...current.job, problem: { code: 'parked', message, streams: behind } } });
      }
      const at = this.time() + Math.min(LEAD, Math.max(LEAST_LEAD, current.job.settle * 1000));
      // Functions whose clocks are behind get a second more.
      return { ...current, next, at, job: { ...current.job, step: 'finish', since: at + 1000 } };
    });
  }

  /** Streams that stand still in one generation before a version that the other has. */
  private async parkedBehind(generation: number, live: number): Promise<string[]> {
    const { store } = this.parts;
    const writer = store.writer(live);
    const behind: string[] = [];
    let cursor: string | undefined;
    do {
      const page: { readonly marks: readonly ParkingMark[]; readonly cursor?: string } = await store
        .parking(generation)
        .list(cursor);
      for (const { stream, version } of page.marks) {
        if (behind.length < NAMED && (await writer.applied(stream)) >= version) behind.push(stream);
      }
      ({ cursor } = page);
    } while (cursor !== undefined && behind.length < NAMED);
    return behind;
  }

  private async finish(record: Job): Promise<GenerationRecord> {
    const generation = generationOf(record);
    await this.parts.store.generations.publish(generation);
    return this.own(record.job, (current) => {
      const { next: _, at: __, version, ...rest } = current;
      const { beside } = current;
      const { turn, ...job } = current.job;
      if (beside === undefined || beside.generation !== generation) return current;
      const before = { generation: current.live, ...(version === undefined ? {} : { version }) };
      return {
        ...rest,
        live: generation,
        version: beside.version,
        beside: { ...before, phase: turn === true ? 'ready' : 'kept' },
        job:
          turn === true
            ? { ...job, step: 'swap', since: this.after(job.settle) }
            : { ...job, step: 'drop', since: this.after(job.keep) },
      };
    });
  }

  private async drop(record: Job): Promise<GenerationRecord> {
    const generation = generationOf(record);
    if (record.beside?.phase !== 'dropping') {
      return this.own(record.job, (current) => ({
        ...phased(current, 'dropping'),
        job: { ...current.job, since: this.after(current.job.settle) },
      }));
    }
    const deadline = this.time() + this.budget();
    const { generations } = this.parts.store;
    while (await generations.drop(generation)) {
      if (this.time() >= deadline) return record;
    }
    return this.own(record.job, ({ beside, job: { anew, ...job }, ...rest }) => {
      if (beside?.generation !== generation) return { ...rest, ...(beside && { beside }), job };
      return { ...rest, job: anew === true ? { ...job, step: 'begin' } : { ...job, step: 'done', state: 'done' } };
    });
  }

  /** Makes room for the new generation, where that is what comes next. */
  private async settled(record: GenerationRecord, id: string): Promise<Todo> {
    if (!isJob(record) || !isAt(record, id, 'begin')) return this.todo(record, id);
    const { store, segments, streamName, declared } = this.parts;
    const generation = (record.last ?? record.live) + 1;
    const { commits, exact } = await counted(segments.count(streamName));
    await store.generations.begin(generation);
    const begun = await this.own(record.job, (current) => ({
      ...current,
      last: generation,
      beside: { generation, phase: 'building', version: declared },
      job: { ...current.job, step: 'fill', total: commits, exact, since: this.after(current.job.settle) },
    }));
    return this.todo(begun, id);
  }

  private todo({ job }: GenerationRecord, id: string): Todo {
    if (job?.id !== id) return SUPERSEDED;
    if (job.state !== 'running') return { step: job.state, wait: 0, segments: [] };
    const left = job.segments.flatMap(({ done }, segment) => (done ? [] : [segment]));
    const bySegment = job.step === 'fill' || job.step === 'verify' || job.step === 'totals';
    return { step: job.step, wait: this.waitFor(job), segments: bySegment ? left : [] };
  }

  /** Works on a segment for as long as there is time. */
  private async portion(step: 'fill' | 'verify' | 'totals', id: string, segment: number): Promise<Part> {
    const over: Part = { done: true, wait: 0 };
    const record = await this.parts.store.generations.read();
    if (!isJob(record) || !isAt(record, id, step)) return over;
    const progress = record.job.segments[segment];
    if (progress === undefined) throw new RebuildError('invalid-segment', `there is no segment ${segment} to ${step}`);
    if (progress.done) return over;
    const wait = this.waitFor(record.job);
    if (wait > 0) return { done: false, wait };
    const worker = new SegmentWorker(this.parts, generationOf(record), record.live);
    return worker.work(record.job, step, segment, {
      deadline: this.time() + this.budget(),
      save: async (reached, problem) => {
        const saved = await this.change((current) => {
          if (!isJob(current) || !isAt(current, id, step)) return undefined;
          const { job } = current;
          const segments = job.segments.map((one, n) => (n === segment && !one.done ? reached : one));
          const streams = [...new Set([...(job.problem?.streams ?? []), ...(problem?.streams ?? [])])].slice(0, NAMED);
          return {
            ...current,
            job: { ...job, segments, ...(problem === undefined ? {} : { problem: { ...problem, streams } }) },
          };
        });
        return isJob(saved) && isAt(saved, id, step) && (saved.job.problem?.streams.length ?? 0) < NAMED;
      },
    });
  }

  /** Changes the record for a job that is still at its step: one that was stopped, replaced or is further is left. */
  private async own({ id, step }: RebuildJob, change: (record: Job) => GenerationRecord): Promise<GenerationRecord> {
    return this.change((record) => (isJob(record) && isAt(record, id, step) ? change(record) : undefined));
  }

  private async change(change: (record: GenerationRecord) => GenerationRecord | undefined): Promise<GenerationRecord> {
    const { store, waiting } = this.parts;
    for (let conflicts = 0; conflicts < CONFLICTS; conflicts += 1) {
      if (conflicts > 0) await jittered(waiting, conflicts, 10, 200);
      const record = await store.generations.read();
      const changed = change(record);
      if (changed === undefined || changed === record) return record;
      const written = await store.generations.write(changed);
      if (written !== undefined) return written;
    }
    throw new RebuildUnavailableError('others kept writing the record of the generations');
  }

  private time(): number {
    return this.parts.now().getTime();
  }

  private after(seconds: number): number {
    return this.time() + seconds * 1000;
  }

  private waitFor({ since }: RebuildJob): number {
    return Math.max(0, Math.ceil((since - this.time()) / 1000));
  }

  /** The milliseconds that one call works: what is left is for its last page. */
  private budget(): number {
    const timeout = this.parts.functionTimeout * 1000;
    return Math.max(timeout / 2, timeout - 15_000);
  }
}

/** What comes after a step that was worked on by segments. */
function afterSegments(record: Job, hasTotals: boolean, time: number): Job {
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

/** Ends with why it does not go on by itself; streams that waited for the new generation go on. */
function failed(record: Job): Job {
  const at = held(record);
  return { ...at, job: { ...at.job, state: 'failed' } };
}

/** A job that stands still holds nothing up: its generation is built, or kept, as before. */
function held(record: Job): Job {
  const { beside, job } = record;
  if (beside?.phase !== 'ready' && beside?.phase !== 'frozen') return record;
  if (job.rollback === true) return phased(record, 'kept');
  const step = beside.phase === 'frozen' ? 'freeze' : 'ready';
  return { ...phased(record, 'building'), job: { ...job, step, segments: fresh(job.segments.length) } };
}

function phased(record: Job, phase: Beside['phase']): Job {
  const { beside } = record;
  return beside === undefined ? record : { ...record, beside: { ...beside, phase } };
}

function fresh(segments: number): SegmentProgress[] {
  return Array.from({ length: segments }, () => ({ commits: 0, done: false }));
}

function isJob(record: GenerationRecord): record is Job {
  return record.job !== undefined;
}

function isAt({ job }: Job, id: string, step: JobStep): boolean {
  return job.id === id && job.state === 'running' && job.step === step;
}

function generationOf({ beside }: GenerationRecord): number {
  if (beside === undefined) throw nothing('do: there is one generation only');
  return beside.generation;
}

function nothing(what: string): RebuildError {
  return new RebuildError('nothing-to-do', `there is nothing to ${what}`);
}

function checkInput({ rate, settle, keep, segments }: RebuildInput): void {
  const wrong = (field: string, allowed: string): RebuildError =>
    new RebuildError('invalid-input', `${field} must be ${allowed}`);
  if (rate !== undefined && !(Number.isFinite(rate) && rate > 0)) throw wrong('rate', 'commits a second, above 0');
  if (settle !== undefined && !(Number.isFinite(settle) && settle >= 0)) throw wrong('settle', 'seconds from 0');
  if (keep !== undefined && !(Number.isFinite(keep) && keep >= 0)) throw wrong('keep', 'seconds from 0');
  const count = segments ?? 1;
  if (!Number.isInteger(count) || count < 1 || count > MOST_SEGMENTS) {
    throw wrong('segments', `a whole number from 1 to ${MOST_SEGMENTS}`);
  }
}

/** What history answers, or that it is away, so that the same step is asked again. */
async function counted<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RebuildUnavailableError(`the commits of history cannot be counted: ${reason}`, { cause });
  }
}
