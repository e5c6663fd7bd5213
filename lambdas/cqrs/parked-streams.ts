import type { Envelope } from './envelope.js';
import type { Feed, Feeds } from './feeds.js';
import { HistoryFollower, type Resumed } from './history-follower.js';
import type { HistoryReader } from './history-reader.js';
import { said, type Log } from './log.js';
import type { ParkedMetric } from './parked-metric.js';
import type { ParkingMark } from './view-store.js';

/** A stream that stands still in one generation of a view. */
export interface ParkedMark extends ParkingMark {
  readonly generation: number;
  /** Whether readers see that generation. */
  readonly live: boolean;
}

/** A page of what is parked in the generations that are fed, the live one's first. */
export interface ParkedPage {
  readonly marks: readonly ParkedMark[];
  /** Ask again with it, until there is none. */
  readonly cursor?: string;
}

/** Why a stream is parked in one generation, and the commit that cannot be applied. */
export interface ParkedCommit extends ParkedMark {
  readonly commit?: Envelope;
  /** Why the commit cannot be shown. */
  readonly problem?: string;
}

/** Where a stream stands still: a mark for each generation in which it does. */
export interface ParkedStream {
  readonly stream: string;
  readonly marks: readonly ParkedCommit[];
}

/** What retry and discard come to in one generation. */
export interface GenerationOutcome {
  readonly generation: number;
  /** Whether readers see that generation. */
  readonly live: boolean;
  /**
   * `following`: it is not parked, and up to date unless it is still being filled. `parked`: a commit still cannot be
   * applied. `failed`: nothing is known, because the store or history was away from a generation that is being filled.
   */
  readonly state: 'following' | 'parked' | 'failed';
  /** The version that the generation holds now. */
  readonly applied?: number;
  /** Why it is parked, or what failed. */
  readonly cause?: string;
}

/** What retry and discard come to: in each generation that is fed, the live one first. */
export interface ParkingOutcome {
  readonly stream: string;
  readonly generations: readonly GenerationOutcome[];
}

/** What is known of parked streams by. */
export interface ParkedStreamsParts {
  readonly feeds: Feeds;
  readonly history: HistoryReader;
  readonly log: Log;
  readonly metric: ParkedMetric;
}

/** The streams that stand still in a view, in each of its generations that is fed: what an operator sees and does. */
export class ParkedStreams {
  constructor(private readonly parts: ParkedStreamsParts) {}

  /** What is parked, a page of it. */
  async list(cursor?: string): Promise<ParkedPage> {
    const feeds = liveFirst(await this.parts.feeds());
    const place = placeOf(cursor);
    const index = place === undefined ? 0 : feeds.findIndex(({ generation }) => generation === place.generation);
    const feed = feeds[index];
    // It was dropped since the page before.
    if (feed === undefined) return { marks: [] };
    const { marks, cursor: within } = await feed.parking.list(place?.within);
    const next = within === undefined ? feeds[index + 1]?.generation : feed.generation;
    return {
      marks: marks.map((mark) => ({ ...mark, ...named(feed) })),
      ...(next === undefined ? {} : { cursor: `${next}:${within ?? ''}` }),
    };
  }

  /** Why a stream is parked, and the commit that cannot be applied, where history has it. */
  async show(stream: string): Promise<ParkedStream> {
    const marks: ParkedCommit[] = [];
    for (const feed of liveFirst(await this.parts.feeds())) {
      const mark = await feed.parking.mark(stream);
      if (mark !== undefined) marks.push({ ...mark, ...named(feed), ...(await this.commitOf(mark)) });
    }
    return { stream, marks };
  }

  /** Applies a parked stream's history again. */
  async retry(stream: string): Promise<ParkingOutcome> {
    return this.inEach(stream, (feed) => this.follower(feed).retry(stream, pagesOf(feed.role)));
  }

  /** Passes exactly the parked version of a stream, in each generation in which it is parked, then retries. */
  async discard(stream: string): Promise<ParkingOutcome> {
    return this.inEach(stream, (feed) => this.follower(feed).discard(stream, pagesOf(feed.role)));
  }

  private follower({ writer, parking }: Feed): HistoryFollower {
    const { history, log } = this.parts;
    return new HistoryFollower({ writer, parking, history, log });
  }

  private async commitOf({ stream, version }: ParkingMark): Promise<Pick<ParkedCommit, 'commit' | 'problem'>> {
    try {
      const { commits } = await this.parts.history(stream, version);
      const commit = commits.find((one) => one.version === version);
      return commit === undefined ? { problem: 'history does not hold the commit' } : { commit };
    } catch (error) {
      return { problem: said(error).reason };
    }
  }

  private async inEach(stream: string, action: (feed: Feed) => Promise<Resumed>): Promise<ParkingOutcome> {
    const outcomes: GenerationOutcome[] = [];
    let mayGoOn = true;
    const feeds = await this.parts.feeds();
    for (const feed of feeds) {
      const outcome = mayGoOn ? await this.in(feed, stream, action) : await standing(feed, stream);
      outcomes.push({ ...named(feed), ...outcome });
      // The live one must not get further than the one that readers are about to move to.
      if (feed.role === 'ahead' && outcome.state === 'parked') mayGoOn = false;
    }
    for (const feed of feeds) if (feed.role === 'live') await this.parts.metric.tell(feed.parking, 0);
    return { stream, generations: liveFirst(outcomes) };
  }

  private async in(
    feed: Feed,
    stream: string,
    action: (feed: Feed) => Promise<Resumed>,
  ): Promise<Omit<GenerationOutcome, 'generation' | 'live'>> {
    if (feed.role !== 'aside') return action(feed);
    try {
      // Where it is not parked, it is followed by the one who fills it.
      return (await feed.parking.mark(stream)) === undefined ? await standing(feed, stream) : await action(feed);
    } catch (error) {
      // What was done in the live generation is done all the same.
      const { log } = this.parts;
      log({ level: 'warn', message: 'left to the rebuild', stream, generation: feed.generation, ...said(error) });
      return { state: 'failed', cause: said(error).reason };
    }
  }
}

/** How a stream stands in a generation in which nothing is done about it. */
async function standing({ parking, writer }: Feed, stream: string): Promise<Resumed> {
  const [mark, applied] = [await parking.mark(stream), await writer.applied(stream)];
  // A mark that the view has passed is left from a function that ended before it took the mark away.
  if (mark === undefined || mark.version <= applied) return { state: 'following', applied };
  return { state: 'parked', applied, cause: mark.cause };
}

/** A generation that is being filled may lie far behind: more than a page of it is the business of who fills it. */
function pagesOf(role: Feed['role']): number | undefined {
  return role === 'aside' ? 1 : undefined;
}

function named({ generation, role }: Feed): { readonly generation: number; readonly live: boolean } {
  return { generation, live: role === 'live' };
}

function liveFirst<T extends { readonly role: Feed['role'] } | { readonly live: boolean }>(list: readonly T[]): T[] {
  const isLive = (one: T): boolean => ('role' in one ? one.role === 'live' : one.live);
  return [...list.filter(isLive), ...list.filter((one) => !isLive(one))];
}

/** A cursor is the generation and the place in its own list. */
function placeOf(cursor: string | undefined): { readonly generation: number; readonly within?: string } | undefined {
  if (cursor === undefined) return undefined;
  const [, generation, within] = /^(\d+):(.*)$/s.exec(cursor) ?? [];
  if (generation === undefined) throw new ParkedCursorError();
  return { generation: Number(generation), ...(within ? { within } : {}) };
}

/** A cursor that no list of parked streams has given. */
export class ParkedCursorError extends TypeError {
  override readonly name = 'ParkedCursorError';
  readonly code = 'invalid-cursor';

  constructor() {
    super('the cursor is none of a list of parked streams; allowed: the cursor of the page before, or none');
  }
}
