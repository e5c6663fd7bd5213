import type { Address, LoggedCommit } from '../../support/checker/index.js';
import type { World } from '../core/world.js';
import { Generations } from './generations.js';
import { POISON, VIEWS, type View } from './plan.js';
import type { Shop } from './shop.js';

/** What a view says of a stream that stands still in it. */
interface Mark extends Address {
  readonly cause: string;
}

/** How often whoever mends looks for what stands still, in milliseconds. */
const ROUND = 5_000;
/** The share of versions that are discarded, where a view could not take them. */
const DISCARDED = 0.3;

/** Who is called when a stream stands still: mends the view, and has it follow the stream again. */
export class Mender {
  /** Versions that the listing was told to pass. */
  readonly passed: Address[] = [];
  /** Streams that stood still although nothing was wrong with them, in words. */
  readonly mistaken: string[] = [];
  private readonly retried = new Set<string>();
  private calls = 0;
  private isOver = false;

  constructor(
    private readonly world: World,
    private readonly shop: Shop,
  ) {}

  /** Looks again and again, and retries what stands still while visitors go on: until it is told that all are gone. */
  async watch(): Promise<void> {
    while (!this.isOver) {
      await new Promise<void>((resolve) => this.world.timeline.after(ROUND, () => resolve()));
      const marks = this.marks();
      if (marks.length > 0) this.widen(marks.length);
      for (const [view, { stream }] of marks) this.tell(view, 'retry', stream);
    }
  }

  /** No visitor is left. */
  leave(): void {
    this.isOver = true;
  }

  /**
   * Mends what stands still, when nothing goes wrong any more; `log` says whether it had a reason. What is retried has to
   * be mended by that. After a version that was discarded the next one may stand still, and is discarded too.
   *
   * @returns whether there was anything to do
   */
  finish(log: readonly LoggedCommit[]): boolean {
    const marks = this.marks().filter(([view, { stream }]) => this.wasPassed(view, stream) || !this.retried.has(stream));
    if (marks.length > 0) this.widen(marks.length);
    for (const [view, mark] of marks) {
      const { stream, version, cause } = mark;
      const isLater = this.wasPassed(view, stream);
      const isRefused = view === 'browse-listing' && isPoison(log, mark);
      // What ended its function again and again is parked as well.
      if (!isLater && !isRefused && !cause.startsWith('unfinished')) {
        this.mistaken.push(`${stream}@${version}, which ${view} parked (${cause}),`);
      }
      const isDiscarded = isLater || (isRefused && this.world.random.split(stream).chance(DISCARDED));
      if (isDiscarded) this.passed.push({ stream, version });
      else this.retried.add(stream);
      this.tell(view, isDiscarded ? 'discard' : 'retry', stream);
    }
    return marks.length > 0;
  }

  private wasPassed(view: View, stream: string): boolean {
    return view === 'browse-listing' && this.passed.some((one) => one.stream === stream);
  }

  /** What stands still now, in words. */
  get left(): string[] {
    return this.marks().map(([view, { stream, version }]) => `${stream}@${version} in ${view}`);
  }

  private marks(): (readonly [View, Mark])[] {
    return VIEWS.flatMap((view) => {
      const items = Generations.of(this.shop, view).live;
      const marks = items.flatMap((item) => (item['_parked'] as Mark | undefined) ?? []);
      return marks.map((mark) => [view, mark] as const);
    });
  }

  private widen(count: number): void {
    this.world.story.tell('the mender', `the listing takes longer texts now: ${count} parked`);
    this.shop.tables.listing.refuses = () => false;
  }

  private tell(view: View, dbpatterns: 'retry' | 'discard', stream: string): void {
    const what = `${dbpatterns} ${stream}`;
    this.shop.function(view).invoke({ dbpatterns, stream }, `mender ${(this.calls += 1)} ${what}`, (how) => {
      this.world.story.tell('the mender', `${what} in ${view} → ${JSON.stringify(how)}`);
    });
  }
}

function isPoison(log: readonly LoggedCommit[], { stream, version }: Address): boolean {
  const commit = log.find((one) => one.stream === stream && one.version === version);
  return commit?.events.some(({ data }) => JSON.stringify(data).includes(POISON)) === true;
}
