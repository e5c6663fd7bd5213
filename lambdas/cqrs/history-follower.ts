import { HistoryExpiredError, lostCommits } from './history-expired.js';
import type { Envelope } from './envelope.js';
import type { HistoryReader } from './history-reader.js';
import { HistoryUnavailableError } from './history-unavailable.js';
import type { Log } from './log.js';
import { PoisonError } from './poison.js';
import type { Parking } from './view-store.js';
import type { Progress, ViewWriter } from './view-writer.js';

/** What a follower is made of. */
export interface FollowerParts {
  readonly writer: ViewWriter;
  readonly parking: Parking;
  readonly history: HistoryReader;
  readonly log: Log;
  /** Whether what takes long may be begun. Default: always. */
  readonly hasTime?: () => boolean;
}

/** What retry and discard come to in the view that is followed. */
export interface Resumed {
  /** `following`: all of its history is in the view. `parked`: a commit still cannot be applied. */
  readonly state: 'following' | 'parked';
  /** The version that the view holds now. */
  readonly applied: number;
  /** Why it is parked. */
  readonly cause?: string;
}

/** How far a stream got. `late`: its history cannot be had now, or does not go that far yet. */
export type Followed = Progress | { state: 'late'; applied: number; error: unknown };

/** How history is followed. */
export interface FollowOptions {
  readonly pass?: number;
  readonly pages?: number;
  readonly folded?: boolean;
}

const ROUNDS = 5;
/** So many commits are applied one by one before it is asked whether there is time for more. */
const AT_ONCE = 1000;

/** Applies the history of a stream to a view: to close a gap, and around parking marks. */
export class HistoryFollower {
  constructor(private readonly parts: FollowerParts) {}

  /**
   * Applies history from `applied` on: up to a version, or to its end, or for as long as there is time.
   *
   * @param how.pass - this version is passed over
   * @param how.pages - how many pages at most
   * @param how.folded - in as few writes as possible
   */
  async follow(stream: string, applied: number, until?: number, how: FollowOptions = {}): Promise<Followed> {
    const { pages = Infinity } = how;
    const late = (error: unknown): Followed => ({ state: 'late', applied: reached, error });
    let reached = applied;
    for (let read = 0; until === undefined || reached < until; read += 1) {
      if (read >= pages || (read > 0 && !this.hasTime())) return late(goesOn(stream, reached));
      let page;
      try {
        page = await this.parts.history(stream, reached + 1);
      } catch (error) {
        // It comes back never: the stream stands still until somebody decides about it.
        if (error instanceof HistoryExpiredError) return { state: 'poison', applied: reached, error };
        return late(error);
      }
      if (page.commits.length > 0) {
        const progress = await this.apply(stream, reached, page.commits, how);
        if (progress.state !== 'current') return progress;
        reached = progress.applied;
      } else if (page.more) {
        return late(new HistoryUnavailableError(`the history of ${stream} gave an empty page after ${reached}`));
      }
      if (!page.more && until !== undefined && reached < until) {
        return late(new HistoryUnavailableError(`the history of ${stream} ends at ${reached}, before ${until}`));
      }
      if (!page.more) break;
    }
    return { state: 'current', applied: reached };
  }

  /** Applies a page of history: some of it at a time, where time may run out. */
  private async apply(
    stream: string,
    applied: number,
    commits: readonly Envelope[],
    { pass, folded }: FollowOptions,
  ): Promise<Followed> {
    const most = this.parts.hasTime === undefined ? commits.length : AT_ONCE;
    let reached = applied;
    for (let rest = commits; rest.length > 0; rest = rest.slice(most)) {
      if (rest !== commits && !this.hasTime())
        return { state: 'late', applied: reached, error: goesOn(stream, reached) };
      const work = { stream, commits: rest.slice(0, most), pass, folded };
      const progress = (await this.parts.writer.advance([work])).get(stream);
      if (progress?.state === 'poison' || progress?.state === 'failed') return progress;
      if (progress === undefined || progress.state === 'gap' || progress.applied <= reached) {
        const error = new HistoryUnavailableError(`the history of ${stream} does not go on after ${reached}`);
        return { state: 'late', applied: reached, error };
      }
      reached = progress.applied;
    }
    return { state: 'current', applied: reached };
  }

  private hasTime(): boolean {
    return this.parts.hasTime?.() ?? true;
  }

  /**
   * Applies the history of a parked stream, the parked commit first, and follows it again.
   *
   * @param pages - how many pages at most; one that gets past the mark and not to the end is no longer parked
   */
  async retry(stream: string, pages?: number): Promise<Resumed> {
    return this.resume(stream, { pages });
  }

  /**
   * Passes exactly the parked version of a stream, then retries; where history does not hold it any more, all that it has
   * lost is passed. A stream that is not parked is left as it is.
   */
  async discard(stream: string, pages?: number): Promise<Resumed> {
    const mark = await this.parts.parking.mark(stream);
    if (mark === undefined) return { state: 'following', applied: await this.parts.writer.applied(stream) };
    this.parts.log({ level: 'warn', message: 'commit discarded', stream, version: mark.version, reason: mark.cause });
    return this.resume(stream, { pass: mark.version, pages });
  }

  /**
   * Applies a suspect's history commit by commit, each under a mark that is there before it is tried. If it ends the
   * function once more, its stream is parked by that; if it does not, the mark goes again. History is followed to its end
   * also where the view has reached the target: the function may have ended when the mark was gone, and before it had
   * looked for what was acknowledged under it.
   *
   * @returns whether the stream stands still
   * @throws HistoryUnavailableError if history does not go as far as the target, or there is no time to go on
   */
  async retrace(stream: string, target: number): Promise<boolean> {
    const { history, parking, writer, log } = this.parts;
    let applied = await writer.applied(stream);
    const mark = await parking.mark(stream);
    if (mark !== undefined && mark.version > applied) return true;
    for (let reached = -1; applied < target && reached !== applied; applied = await writer.applied(stream)) {
      if (reached >= 0 && !this.hasTime()) throw goesOn(stream, applied);
      reached = applied;
      log({ level: 'warn', message: 'commit tried under a mark', stream, version: applied + 1 });
      const { commits } = await history(stream, applied + 1);
      const unfinished = new PoisonError(
        'unfinished',
        'the function ended while it applied this commit: time-out or memory',
      );
      if (await parking.park(stream, applied, unfinished)) {
        await writer.advance([{ stream, commits: commits.slice(0, 1) }]);
      }
    }
    const end = await this.resume(stream);
    if (end.state === 'parked') return true;
    // What comes again is the message: it holds the very commit that history does not give yet.
    if (end.applied >= target) return false;
    throw new HistoryUnavailableError(`the history of ${stream} ends at ${end.applied}, before ${target}`);
  }

  private async resume(stream: string, how: Pick<FollowOptions, 'pass' | 'pages'> = {}): Promise<Resumed> {
    const { parking, writer } = this.parts;
    for (let round = 0; round < ROUNDS; round += 1) {
      const from = await writer.applied(stream);
      let end = await this.follow(stream, from, undefined, how);
      if (end.state === 'current') {
        await parking.clear(stream);
        // What was acknowledged unapplied between the reading and the deletion is in history now.
        end = await this.follow(stream, end.applied, undefined, how);
      }
      const { applied } = end;
      if (end.state === 'current') return { state: 'following', applied };
      if (end.state === 'poison') {
        const { error } = end;
        if (error instanceof HistoryExpiredError && how.pass === applied + 1) {
          await this.passLost(stream, applied, error);
          continue;
        }
        if (await parking.park(stream, applied, end.error))
          return { state: 'parked', applied, cause: end.error.message };
      } else if (how.pages !== undefined && applied > from) {
        await parking.clear(stream);
        return { state: 'following', applied };
      } else {
        throw 'error' in end ? end.error : new HistoryUnavailableError(`${stream} has a gap`);
      }
    }
    throw new HistoryUnavailableError(`${stream} kept moving while it was resumed: try again`);
  }

  /** Moves a view over the versions of a stream that history has lost. */
  private async passLost(stream: string, applied: number, { oldest }: HistoryExpiredError): Promise<void> {
    const { history, log, writer } = this.parts;
    const [left] = (await history(stream, oldest)).commits;
    if (left === undefined) throw new HistoryUnavailableError(`the history of ${stream} has nothing at ${oldest}`);
    log({ level: 'warn', message: 'commits that history has lost are passed', stream, version: applied + 1, oldest });
    for (let from = applied + 1; from < left.version;) {
      const commits = lostCommits(from, left);
      const progress = await writer.advance([{ stream, commits, folded: true }]);
      if (progress.get(stream)?.state !== 'current') return;
      from += commits.length;
    }
  }
}

/** There is more of a stream than could be seen to now. */
function goesOn(stream: string, applied: number): HistoryUnavailableError {
  return new HistoryUnavailableError(`the history of ${stream} goes on after ${applied}`);
}
