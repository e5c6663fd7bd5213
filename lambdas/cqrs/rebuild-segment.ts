import { bounded } from './bounded.js';
import type { Envelope } from './envelope.js';
import type { JobProblem, RebuildJob, SegmentProgress } from './generation.js';
import { HistoryUnavailableError } from './history-unavailable.js';
import { lazily } from './lazily.js';
import { Pace } from './pace.js';
import { CatchUp } from './rebuild-catch-up.js';
import { Comparison } from './rebuild-comparison.js';
import { expired, isCut, problemOf, type Fault } from './rebuild-faults.js';
import { Laggards } from './rebuild-laggards.js';
import { LIVE, SEGMENTS_AT_ONCE, STREAMS_AT_ONCE, type RebuildParts } from './rebuild-parts.js';
import type { Part } from './rebuild.js';
import type { StreamCommits, ViewWriter } from './view-writer.js';

/** How one portion of a segment is worked on. */
export interface PortionOptions {
  /** No page is begun after this, in milliseconds since 1970. */
  readonly deadline: number;
  /** Whether the generation was compared before, so that only what it has missed since is looked for. */
  readonly isCompared: boolean;
  /** Keeps how far it is, and what is wrong; false where the job does not want it to go on. */
  readonly save: (reached: SegmentProgress, problem?: JobProblem) => Promise<boolean>;
}

/** How often progress is kept, in milliseconds: what a function that ends loses is done once more. */
const SAVED_EVERY = 3000;

/** Works on one segment of history: puts it into a generation, or compares the generation with it. */
export class SegmentWorker {
  private readonly writer: ViewWriter;
  private readonly laggards: Laggards;
  private readonly comparison: Comparison;
  private readonly catchUp: CatchUp;

  constructor(
    private readonly parts: RebuildParts,
    private readonly generation: number,
    shown: number,
  ) {
    const { store } = parts;
    const check = lazily(() => store.check(generation));
    this.writer = store.writer(generation);
    this.laggards = new Laggards(parts, generation, shown);
    this.comparison = new Comparison(parts, this.laggards, check, generation);
    this.catchUp = new CatchUp(parts, this.laggards, check, shown);
  }

  /** Goes through the segment from where it was left, for as long as there is time. */
  async work(
    job: RebuildJob,
    step: 'fill' | 'verify' | 'totals',
    segment: number,
    { deadline, save, isCompared }: PortionOptions,
  ): Promise<Part> {
    const { segments, streamName, now, waiting } = this.parts;
    const begun = now().getTime();
    const atOnce = Math.min(job.segments.length, SEGMENTS_AT_ONCE);
    const pace = new Pace(job.rate === undefined ? undefined : job.rate / atOnce, now, waiting);
    let reached: SegmentProgress = job.segments[segment] ?? { commits: 0, done: false };
    const start = reached;
    let saved = begun;
    for (;;) {
      const faults: Fault[] = [];
      const { cursor, commits: count } = reached;
      try {
        if (step === 'totals') {
          reached = await this.comparison.totals(reached, faults);
        } else if (cursor?.startsWith(LIVE) === true) {
          reached = await this.catchUp.level(reached, { segment, segments: job.segments.length }, faults);
        } else {
          const place = { streamName, segment, segments: job.segments.length };
          const page = await segments.page({ ...place, cursor, most: pace.page });
          const work = groups(page.commits);
          if (step === 'fill') faults.push(...(await this.fill(work, pace)));
          else if (isCompared) faults.push(...(await this.catchUp.caughtUp(work)));
          else faults.push(...(await this.comparison.verify(work, cursor !== undefined, page.cursor !== undefined)));
          if (step !== 'fill') pace.add(page.commits.length);
          const commits = count + page.commits.length;
          const next = page.cursor ?? (step === 'verify' ? LIVE : undefined);
          reached = { commits, done: next === undefined, ...(next === undefined ? {} : { cursor: next }) };
        }
      } catch (error) {
        // It is called again for this page, however many there were before it.
        if (error instanceof HistoryUnavailableError && reached !== start) await save(reached);
        throw error;
      }
      const time = now().getTime();
      const { due } = pace;
      const over = reached.done || time + due >= deadline;
      if (over || faults.length > 0 || time - saved >= SAVED_EVERY) {
        saved = time;
        if (!(await save(reached, problemOf(faults, this.generation)))) return { done: true, wait: 0 };
      }
      if (reached.done) return { done: true, wait: 0 };
      if (over) return { done: false, wait: Math.ceil(due / 1000) };
      await pace.wait();
    }
  }

  /** Puts commits into the generation, each stream's in as few writes as possible, and no more at once than the rate allows. */
  private async fill(work: readonly StreamCommits[], pace: Pace): Promise<Fault[]> {
    const faults: Fault[] = [];
    for (const portion of pace.portions(work)) {
      await pace.wait();
      faults.push(...(await this.put(portion)));
      pace.add(portion.reduce((sum, { commits }) => sum + commits.length, 0));
    }
    return faults;
  }

  private async put(work: readonly StreamCommits[]): Promise<Fault[]> {
    const progress = await this.writer.advance(work.map((one) => ({ ...one, folded: true })));
    const faults = await bounded(work, STREAMS_AT_ONCE, async ({ stream, commits }): Promise<Fault[]> => {
      if (commits.some(isCut)) return [expired(stream)];
      const target = commits.at(-1)?.version ?? 0;
      return this.laggards.brought(stream, target, progress.get(stream) ?? { state: 'gap', applied: 0 });
    });
    return faults.flat();
  }
}

function groups(commits: readonly Envelope[]): StreamCommits[] {
  const streams = new Map<string, Envelope[]>();
  for (const commit of commits) {
    const list = streams.get(commit.subject);
    if (list === undefined) streams.set(commit.subject, [commit]);
    else list.push(commit);
  }
  return [...streams].map(([stream, list]) => ({ stream, commits: list }));
}
