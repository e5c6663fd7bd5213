import type { LoggedCommit, ObservedHistory } from '../../support/checker/index.js';
import type { World } from '../core/world.js';
import { commitOf, type Envelope } from './envelopes.js';
import type { Shop } from './shop.js';

/** Whose history each name of streams is. */
const PUBLISHERS = { product: 'catalog-history', sale: 'sales-history' } as const;
type StreamName = keyof typeof PUBLISHERS;
const NAMES = Object.keys(PUBLISHERS) as StreamName[];

/** How many single streams are read: all of them are read in segments. */
const SINGLE = 3;

interface Page {
  readonly commits: readonly Envelope[];
  readonly cursor?: string;
  readonly more?: boolean;
}

/** Reads history as subscribers and rebuilds do, when all is at rest: page after page, by segments and by single streams. */
export class Historian {
  readonly readings: ObservedHistory[] = [];
  /** Readings that came to no end, in words. */
  readonly unfinished: string[] = [];
  private calls = 0;

  constructor(
    private readonly world: World,
    private readonly shop: Shop,
  ) {}

  /** Begins to read; `log` says which streams there are. */
  read(log: readonly LoggedCommit[]): void {
    const dice = this.world.random.split('historian');
    for (const name of NAMES) void this.note(this.segments(name, dice.whole(1, 3)));
    const newest = new Map<string, number>();
    for (const { stream, version } of log) newest.set(stream, Math.max(version, newest.get(stream) ?? 0));
    const some = dice.shuffled([...newest]).slice(0, SINGLE);
    for (const [stream, last] of some) void this.note(this.stream(stream, dice.whole(1, last)));
  }

  private async note(reading: Promise<ObservedHistory>): Promise<void> {
    try {
      this.readings.push(await reading);
    } catch (error) {
      this.unfinished.push(error instanceof Error ? error.message : String(error));
    }
  }

  /** All streams of a name, segment after segment: a stream that lies in two of them is told twice. */
  private async segments(streamName: StreamName, segments: number): Promise<ObservedHistory> {
    const told: LoggedCommit[] = [];
    for (let segment = 0; segment < segments; segment += 1) {
      let cursor: string | undefined;
      do {
        const page = await this.ask(streamName, { streamName, segment, segments, cursor });
        told.push(...page.commits.map(commitOf));
        ({ cursor } = page);
      } while (cursor !== undefined);
    }
    return { name: `history in ${segments} segments`, of: streamName, told };
  }

  private async stream(stream: string, from: number): Promise<ObservedHistory> {
    const told: LoggedCommit[] = [];
    for (let next = from, more = true; more;) {
      const page = await this.ask(stream.split('/')[0] as StreamName, { stream, from: next });
      told.push(...page.commits.map(commitOf));
      next = (told.at(-1)?.version ?? 0) + 1;
      more = page.more === true && page.commits.length > 0;
    }
    return { name: `history from ${from} on`, of: stream, from, told };
  }

  private ask(name: StreamName, question: object): Promise<Page> {
    const what = JSON.stringify(question);
    return new Promise((resolve, reject) => {
      this.shop.function(PUBLISHERS[name]).invoke(question, `historian ${(this.calls += 1)}`, (how) => {
        const said = 'error' in how ? how.error : `${(how.value as Page).commits.length} commits`;
        this.world.story.tell('the historian', `${what} → ${said}`);
        if ('error' in how) reject(new Error(`the history of ${what} was not told: ${how.error}`));
        else resolve(how.value as Page);
      });
    });
  }
}
