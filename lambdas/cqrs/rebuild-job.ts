import { isDeepStrictEqual } from 'node:util';
import { jittered } from './backoff.js';
import { budgetOf } from './budget.js';
import { versioned, type GenerationRecord, type JobStep, type RebuildJob } from './generation.js';
import type { Part, RebuildInput, RebuildRequest, RebuildStatus, Todo } from './rebuild.js';
import { RebuildError, RebuildUnavailableError } from './rebuild-error.js';
import { checkInput } from './rebuild-input.js';
import type { RebuildParts } from './rebuild-parts.js';
import { SegmentWorker } from './rebuild-segment.js';
import { Standstill } from './rebuild-standstill.js';
import { statusOf } from './rebuild-status.js';
import {
  afterSegments,
  begun,
  dropped,
  dropping,
  failed,
  filling,
  finished,
  frozen,
  generationOf,
  givenUp,
  isAt,
  isJob,
  lookedAt,
  madeReady,
  NAMED,
  nextOf,
  noted,
  resumed,
  rolledBack,
  stopped,
  swapping,
  type Job,
} from './rebuild-transitions.js';
import { isTransient } from './transient.js';
import { ParkedMetric } from './parked-metric.js';

/** How often the record is written anew where others write it too. */
const CONFLICTS = 60;
/** Another execution has taken over. */
const SUPERSEDED: Todo = { step: 'superseded', wait: 0, segments: [] };

/** Does the steps of a rebuild. What is to be done next always stands in the record. */
export class Rebuilder {
  constructor(private readonly parts: RebuildParts) {}

  /** @throws RebuildUnavailableError if the same call may succeed later; what else it throws, another attempt meets. */
  async answer(request: RebuildRequest): Promise<Todo | Part | RebuildStatus> {
    try {
      return await this.done(request);
    } catch (cause) {
      const { step } = request;
      // Who asks how it is, or stops it, is told what it was.
      if (step === 'status' || step === 'stop' || !isTransient(cause)) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new RebuildUnavailableError(`step ${step} of the rebuild waits: ${reason}`, { cause });
    }
  }

  private async done(request: RebuildRequest): Promise<Todo | Part | RebuildStatus> {
    switch (request.step) {
      case 'status':
        return this.status();
      case 'stop':
        await this.change(stopped);
        return this.status();
      case 'start':
        return this.start(request.job, request.input ?? {}, request.keep);
      case 'fail':
        return this.fail(request.job, request.error);
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
    const { store } = this.parts;
    const record = await this.read();
    return statusOf(this.parts, record, await store.parking(record.live).list(), this.time());
  }

  private async start(id: string, input: RebuildInput, keep: number | undefined): Promise<Todo> {
    checkInput(input);
    const record = await this.change((current) => {
      if (current.job?.id === id) return undefined;
      const started = { id, input, keep, time: this.time(), functionTimeout: this.parts.functionTimeout };
      if (input.rollback === true) return rolledBack(current, started);
      return input.resume === true ? resumed(current, started) : begun(current, started);
    });
    const todo = await this.settled(record, id);
    this.parts.log({ level: 'info', message: 'rebuild', step: todo.step, generation: record.beside?.generation });
    return todo;
  }

  /** The execution ends in an error. One that was stopped or replaced meanwhile, or is done, is left as it is. */
  private async fail(id: string, error: string): Promise<Todo> {
    const record = await this.change((current) =>
      isJob(current) && current.job.id === id && current.job.state === 'running' ? givenUp(current, error) : undefined,
    );
    this.parts.log({ level: 'error', message: 'rebuild given up', error, generation: record.beside?.generation });
    return this.todo(record, id);
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
    const { store } = this.parts;
    switch (job.step) {
      case 'fill':
      case 'verify':
      case 'totals': {
        const check = await store.check(generationOf(record));
        return this.own(job, (current) => afterSegments(current, check.totals !== undefined, this.time()));
      }
      case 'freeze':
        return this.own(job, (current) => frozen(current, this.time()));
      case 'ready':
        return this.own(job, (current) => madeReady(current, this.time()));
      case 'swap':
        return this.swap(record);
      case 'finish': {
        const generation = generationOf(record);
        await store.generations.publish(generation);
        // Its parked streams are its own: the alarm of those of the one before would stay. Told twice does no harm.
        await new ParkedMetric(this.parts).tell(store.parking(generation), 0);
        return this.own(job, (current) => finished(current, generation, this.time()));
      }
      case 'drop':
        return this.drop(record);
      case 'begin':
      case 'done':
        return record;
    }
  }

  /** Has readers move, unless that is refused, or streams stand still further back than readers have seen them. */
  private async swap({ job, live, ...record }: Job): Promise<GenerationRecord> {
    const generation = generationOf({ live, ...record });
    const { store } = this.parts;
    const deadline = this.deadline();
    const refusal = await this.refusal(job, store.generations.mayPublish(generation));
    if (refusal !== undefined) return refusal;
    const standstill = new Standstill(this.parts, generation, live);
    const behind: string[] = [];
    let cursor = job.segments[0]?.cursor;
    do {
      const page = await standstill.behind(cursor);
      behind.push(...page.behind);
      ({ cursor } = page);
      const next = cursor;
      if (next !== undefined && behind.length === 0 && this.time() >= deadline) {
        return this.own(job, (current) => lookedAt(current, next));
      }
    } while (cursor !== undefined && behind.length < NAMED);
    return this.own(job, (current) => swapping(current, behind.slice(0, NAMED), this.time()));
  }

  private async drop(record: Job): Promise<GenerationRecord> {
    const generation = generationOf(record);
    if (record.beside?.phase !== 'dropping') {
      return this.own(record.job, (current) => dropping(current, this.time()));
    }
    const deadline = this.deadline();
    const { generations } = this.parts.store;
    while (await generations.drop(generation)) {
      if (this.time() >= deadline) return record;
    }
    return this.own(record.job, (current) => dropped(current, generation));
  }

  /** Makes room for the new generation, where that is what comes next. */
  private async settled(record: GenerationRecord, id: string): Promise<Todo> {
    if (!isJob(record) || !isAt(record, id, 'begin')) return this.todo(record, id);
    const { store, segments, streamName, declared } = this.parts;
    const generation = nextOf(record);
    const { commits: total, exact } = await segments.count(streamName);
    const refusal = await this.refusal(record.job, store.generations.begin(generation));
    if (refusal !== undefined) return this.todo(refusal, id);
    const made = { generation, phase: 'building', version: declared } as const;
    const fed = await this.own(record.job, (current) => filling(current, made, { total, exact }, this.time()));
    return this.todo(fed, id);
  }

  /** What the store refuses, which another attempt would meet again, fails the job; undefined where it was done. */
  private async refusal(job: RebuildJob, done: Promise<void>): Promise<GenerationRecord | undefined> {
    try {
      await done;
      return undefined;
    } catch (error) {
      if (!(error instanceof RebuildError)) throw error;
      const { code, message } = error;
      return this.own(job, (current) => failed(current, { code, message, streams: [] }));
    }
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
    const { since } = record.job;
    return worker.work(record.job, step, segment, {
      deadline: this.deadline(),
      isCompared: step === 'verify' && record.beside?.phase === 'ready',
      save: async (reached, problem) => {
        // Streams are verified twice: whom nobody waits for any more must not say of the second time what it did in the first.
        const saved = await this.own({ id, step }, (current) =>
          current.job.since === since ? noted(current, segment, reached, problem) : current,
        );
        const isOwn = isJob(saved) && isAt(saved, id, step) && saved.job.since === since;
        return isOwn && (saved.job.problem?.streams.length ?? 0) < NAMED;
      },
    });
  }

  /** Changes the record for a job that is still at its step: one that was stopped, replaced or is further is left. */
  private async own(
    { id, step }: Pick<RebuildJob, 'id' | 'step'>,
    change: (record: Job) => GenerationRecord,
  ): Promise<GenerationRecord> {
    return this.change((record) => (isJob(record) && isAt(record, id, step) ? change(record) : undefined));
  }

  private async change(change: (record: GenerationRecord) => GenerationRecord | undefined): Promise<GenerationRecord> {
    const { store, waiting } = this.parts;
    let refused: GenerationRecord | undefined;
    for (let conflicts = 0; conflicts < CONFLICTS; conflicts += 1) {
      if (conflicts > 0) await jittered(waiting, conflicts, 10, 200);
      const record = await this.read();
      // It was written, and its answer lost: what was sent again met itself.
      if (refused !== undefined && isSame(record, { ...refused, revision: refused.revision + 1 })) return record;
      const changed = change(record);
      if (changed === undefined || changed === record) return record;
      const written = await store.generations.write(changed);
      if (written !== undefined) return written;
      refused = changed;
    }
    throw new RebuildUnavailableError('others kept writing the record of the generations');
  }

  private async read(): Promise<GenerationRecord> {
    return versioned(await this.parts.store.generations.read(), this.parts.declared);
  }

  private time(): number {
    return this.parts.now().getTime();
  }

  private waitFor({ since }: RebuildJob): number {
    return Math.max(0, Math.ceil((since - this.time()) / 1000));
  }

  /** Until when a call that begins now works. */
  private deadline(): number {
    return this.time() + budgetOf(this.parts.functionTimeout);
  }
}

/** Whether two records say the same, in whatever order; members without a value are not there. */
function isSame(one: GenerationRecord, other: GenerationRecord): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other)));
}
