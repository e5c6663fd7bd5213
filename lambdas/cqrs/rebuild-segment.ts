import type { Clock } from '../stores/index.js';
import { jittered, type Waiting } from './backoff.js';
import { bounded } from './bounded.js';
import type { JobProblem, RebuildJob, SegmentProgress } from './generation.js';
import type { Envelope } from './envelope.js';
import { HistoryFollower, type Followed } from './history-follower.js';
import { HistoryExpiredError } from './history-expired.js';
import type { HistoryReader, HistorySegments } from './history-reader.js';
import { HistoryUnavailableError } from './history-unavailable.js';
import type { Log } from './log.js';
import type { Part } from './rebuild.js';
import { Pace } from './pace.js';
import { RebuildUnavailableError } from './rebuild-error.js';
import { NAMED } from './rebuild-transitions.js';
import type { Held, Parking, ViewCheck, ViewStore } from './view-store.js';
import type { StreamCommits, ViewWriter } from './view-writer.js';

/** What a rebuild works with. */
export interface RebuildParts {
  readonly name: string;
  readonly kind: string;
  readonly streamName: string;
  /** The version of its logic that the deployed function declares. */
  readonly declared: string;
  /** In seconds. */
  readonly functionTimeout: number;
  readonly store: ViewStore;
  readonly history: HistoryReader;
  readonly segments: HistorySegments;
  readonly log: Log;
  readonly now: Clock;
  readonly waiting: Waiting;
}

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
const STREAMS_AT_ONCE = 10;
/** How often a stream that keeps moving is looked at. */
const ROUNDS = 10;
/** How often history is asked again for what a view has already: the events of a commit may be faster than it. */
const LATE_ATTEMPTS = 5;
/** What a cursor begins with where a verification has come to the streams of the live generation. */
const LIVE = 'live:';

/** A fault of a generation, found in one stream. */
interface Fault {
  readonly code: 'differs' | 'parked' | 'history-expired';
  readonly stream: string;
}

/** Works on one segment of history: puts it into a generation, or compares the generation with it. */
export class SegmentWorker {
  private readonly writer: ViewWriter;
  private readonly parking: Parking;
  private readonly live: ViewWriter;
  private readonly follower: HistoryFollower;
  private checked: Promise<ViewCheck> | undefined;

  constructor(
    private readonly parts: RebuildParts,
    private readonly generation: number,
    private readonly shown: number,
  ) {
    const { store, history, log } = parts;
    this.writer = store.writer(generation);
    this.parking = store.parking(generation);
    this.live = store.writer(shown);
    this.follower = new HistoryFollower({ writer: this.writer, parking: this.parking, history, log });
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
    const pace = new Pace(job.rate === undefined ? undefined : job.rate / job.segments.length, now, waiting);
    let reached: SegmentProgress = job.segments[segment] ?? { commits: 0, done: false };
    const start = reached;
    let saved = begun;
    for (;;) {
      const faults: Fault[] = [];
      const { cursor, commits: count } = reached;
      try {
        if (step === 'totals') {
          reached = await this.totals(reached, faults);
        } else if (cursor?.startsWith(LIVE) === true) {
          reached = await this.level(reached, { segment, segments: job.segments.length }, faults);
        } else {
          const place = { streamName, segment, segments: job.segments.length };
          const page = await segments.page({ ...place, cursor, most: pace.page });
          const work = groups(page.commits);
          if (step === 'fill') faults.push(...(await this.fill(work, pace)));
          else if (isCompared) faults.push(...(await this.caughtUp(work)));
          else faults.push(...(await this.verify(work, cursor !== undefined, page.cursor !== undefined)));
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
        if (!(await save(reached, this.problem(faults)))) return { done: true, wait: 0 };
      }
      if (reached.done) return { done: true, wait: 0 };
      if (over) return { done: false, wait: Math.ceil(due / 1000) };
      await pace.wait();
    }
  }

  private problem(faults: readonly Fault[]): JobProblem | undefined {
    const [first] = faults;
    if (first === undefined) return undefined;
    const { generation } = this;
    const messages = {
      differs: `generation ${generation} does not hold what its history gives`,
      parked: `generation ${generation} cannot take commits that the live one has: mend the handler, or discard them`,
      'history-expired': `history does not hold streams from their beginning, so that they cannot be built anew`,
    };
    const streams = faults.map(({ stream }) => stream).slice(0, NAMED);
    return { code: first.code, message: messages[first.code], streams };
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
      if (commits.some(isCut)) return [{ code: 'history-expired', stream }];
      const target = commits.at(-1)?.version ?? 0;
      return this.brought(stream, target, progress.get(stream) ?? { state: 'gap', applied: 0 });
    });
    return faults.flat();
  }

  /** Brings a stream to a version, or parks it where it cannot be brought there. */
  private async brought(stream: string, target: number, first: Followed): Promise<Fault[]> {
    let end = first;
    for (let round = 0; round < ROUNDS; round += 1) {
      if (end.state === 'current' || end.applied >= target) return [];
      if (end.state === 'poison' && end.error instanceof HistoryExpiredError)
        return [{ code: 'history-expired', stream }];
      if (end.state === 'failed' || end.state === 'late') throw end.error;
      const mark = await this.parking.mark(stream);
      if (mark !== undefined && mark.version > end.applied) return [];
      if (end.state === 'poison' && (await this.parking.park(stream, end.applied, end.error))) {
        const { generation } = this;
        this.parts.log({ level: 'warn', message: 'stream parked', generation, stream, version: end.applied + 1 });
        return [];
      }
      end = await this.follower.follow(stream, await this.writer.applied(stream), target, { folded: true });
    }
    throw new RebuildUnavailableError(`${stream} kept moving: it is looked at again`);
  }

  /** Compares what the generation holds with what history gives, and follows what came meanwhile. */
  private async verify(work: readonly StreamCommits[], isLater: boolean, hasMore: boolean): Promise<Fault[]> {
    // A stream that began on an earlier page was read to its end there.
    const [first] = work;
    const own = isLater && first?.commits[0]?.version !== 1 ? work.slice(1) : work;
    const check = await this.check();
    const held = await check.held(own.map(({ stream }) => stream));
    const inputs = own.map((one, index) => ({ one, holds: held[index], isLast: hasMore && index === own.length - 1 }));
    const faults = await bounded(inputs, STREAMS_AT_ONCE, async ({ one, holds, isLast }) => {
      const { stream } = one;
      if (one.commits[0]?.version !== 1 || one.commits.some(isCut))
        return [{ code: 'history-expired', stream } as const];
      try {
        const commits = isLast ? await this.extended(stream, one.commits, Infinity) : one.commits;
        return await this.compared(stream, commits, holds ?? { version: 0, checksum: '' });
      } catch (error) {
        if (error instanceof HistoryExpiredError) return [{ code: 'history-expired', stream } as const];
        throw error;
      }
    });
    return faults.flat();
  }

  /**
   * Brings streams of which readers have seen more than the generation has to where the live one is. History may not list
   * them: it may be late, or have lost them, where it is not what their events were published from.
   */
  private async level(
    { commits, cursor = LIVE }: SegmentProgress,
    place: { readonly segment: number; readonly segments: number },
    faults: Fault[],
  ): Promise<SegmentProgress> {
    const { store, streamName } = this.parts;
    const from = cursor.slice(LIVE.length);
    const live = await store.check(this.shown);
    const page = await live.streams({ streamName, ...place, ...(from === '' ? {} : { cursor: from }) });
    const held = await (await this.check()).held(page.streams.map(({ stream }) => stream));
    const behind = page.streams.flatMap(({ stream, version }, index) => {
      const applied = held[index]?.version ?? 0;
      return applied < version ? [{ stream, version, applied }] : [];
    });
    const found = await bounded(behind, STREAMS_AT_ONCE, ({ stream, version, applied }) =>
      this.levelled(stream, applied, version),
    );
    faults.push(...found.flat());
    return { commits, ...(page.cursor === undefined ? { done: true } : { done: false, cursor: LIVE + page.cursor }) };
  }

  private async levelled(stream: string, applied: number, version: number): Promise<Fault[]> {
    const { history, waiting } = this.parts;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return (await this.followed(stream, applied, version)) ?? [];
      } catch (error) {
        if (!(error instanceof HistoryUnavailableError)) throw error;
        if (attempt === LATE_ATTEMPTS) {
          if (applied > 0) throw error;
          const { commits, more } = await history(stream, 1);
          if (commits.length > 0 || more) throw error;
          return [{ code: 'history-expired', stream }];
        }
      }
      await jittered(waiting, attempt, 500, 4000);
    }
  }

  /**
   * Brings streams that the generation has missed something of to what history holds. Their contents were compared
   * already; to do so again would take as long as the fill, while readers' commits wait for both generations.
   */
  private async caughtUp(work: readonly StreamCommits[]): Promise<Fault[]> {
    const check = await this.check();
    const held = await check.held(work.map(({ stream }) => stream));
    const inputs = work.map((one, index) => ({ ...one, applied: held[index]?.version ?? 0 }));
    const faults = await bounded(inputs, STREAMS_AT_ONCE, async ({ stream, commits, applied }) => {
      const target = commits.at(-1)?.version ?? 0;
      return applied >= target ? [] : ((await this.followed(stream, applied, target)) ?? []);
    });
    return faults.flat();
  }

  private async compared(stream: string, from: readonly Envelope[], first: Held): Promise<Fault[]> {
    const check = await this.check();
    let commits = from;
    let holds = first;
    for (let round = 0; round < ROUNDS; round += 1) {
      commits = await this.reaching(stream, commits, holds.version);
      const end = commits.at(-1)?.version ?? 0;
      if (holds.version < end) {
        const faults = await this.followed(stream, holds.version, end);
        if (faults !== undefined) return faults;
        const [moved] = await check.held([stream]);
        const stands = moved?.version === holds.version;
        holds = moved ?? holds;
        // It is parked here as it is in the live one: what it holds is compared all the same.
        if (!stands) continue;
      }
      const expected = await check.folded(
        stream,
        commits.filter(({ version }) => version <= holds.version),
        holds.passed ?? [],
      );
      if (expected.checksum === holds.checksum || holds.version === 0) return [];
      return [{ code: 'differs', stream }];
    }
    throw new RebuildUnavailableError(`${stream} kept moving: it is looked at again`);
  }

  /** Brings a laggard to a version: faults where it stays behind the live generation. */
  private async followed(stream: string, applied: number, target: number): Promise<Fault[] | undefined> {
    const mark = await this.parking.mark(stream);
    if (mark !== undefined && mark.version > applied) {
      // The handler may have been mended since.
      await this.follower.retry(stream);
    } else {
      const faults = await this.brought(stream, target, { state: 'gap', applied });
      if (faults.length > 0) return faults;
    }
    const parked = await this.parking.mark(stream);
    if (parked === undefined) return undefined;
    return (await this.live.applied(stream)) >= parked.version ? [{ code: 'parked', stream }] : undefined;
  }

  /**
   * The commits up to a version that the generation holds.
   *
   * @throws HistoryUnavailableError if history does not go that far, although it is asked for some seconds.
   */
  private async reaching(stream: string, given: readonly Envelope[], until: number): Promise<readonly Envelope[]> {
    let commits = given;
    for (let attempt = 0; ; attempt += 1) {
      commits = await this.extended(stream, commits, until);
      const end = commits.at(-1)?.version ?? 0;
      if (end >= until) return commits;
      if (attempt === LATE_ATTEMPTS) {
        const message = `the history of ${stream} ends at ${end}, and generation ${this.generation} holds ${until}`;
        throw new HistoryUnavailableError(message);
      }
      await jittered(this.parts.waiting, attempt, 500, 4000);
    }
  }

  /** The commits up to a version, where they are not all there yet; or to the end of history. */
  private async extended(stream: string, given: readonly Envelope[], until: number): Promise<readonly Envelope[]> {
    const commits = [...given];
    for (;;) {
      const last = commits.at(-1)?.version ?? 0;
      if (last >= until) return commits;
      const page = await this.parts.history(stream, last + 1);
      commits.push(...page.commits);
      if (!page.more || page.commits.length === 0) return commits;
    }
  }

  /** Whether totals are the sum of what was contributed. */
  private async totals(reached: SegmentProgress, faults: Fault[]): Promise<SegmentProgress> {
    const check = await this.check();
    const { cursor, equal = true } = (await check.totals?.(reached.cursor)) ?? {};
    if (!equal) faults.push({ code: 'differs', stream: 'totals' });
    return { commits: reached.commits, done: cursor === undefined, ...(cursor === undefined ? {} : { cursor }) };
  }

  private check(): Promise<ViewCheck> {
    return (this.checked ??= this.parts.store.check(this.generation));
  }
}

/** Whether history has kept the version of a commit and not its events. */
function isCut({ data }: Envelope): boolean {
  return data === undefined;
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
