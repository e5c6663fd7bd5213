import type { Address, LoggedCommit } from '../../support/checker/index.js';
import type { World } from '../core/world.js';
import type { Engine } from '../models/postgres/engine.js';
import { logOf } from './gathered.js';
import { Generations, isInItems, rebuiltOf } from './generations.js';
import { SUBSCRIBER, SUBSCRIBERS, type Subscriber } from './names.js';
import { POISON, type Plan } from './plan.js';
import type { Shop } from './shop.js';

/** What a view says of a stream that stands still in it. */
interface Mark extends Address {
  readonly cause: string;
}

/** How often whoever mends looks for what stands still, in milliseconds. */
const ROUND = 10_000;
/** The share of versions that are discarded, where a view could not take them. */
const DISCARDED = 0.3;

/** Who is called when a stream stands still: mends the view, and has it follow the stream again. */
export class Mender {
  /** Versions that were passed over on purpose, by the functions that were told to. */
  readonly passed: Partial<Record<Subscriber, Address[]>> = {};
  /** Streams that stood still although nothing was wrong with them, in words. */
  readonly mistaken: string[] = [];
  private readonly retried = new Set<string>();
  private calls = 0;
  private isOver = false;

  constructor(
    private readonly world: World,
    private readonly shop: Shop,
    private readonly engine: Engine,
    private readonly plan: Plan,
  ) {}

  /** Looks again and again, and retries what stands still while visitors go on: until it is told that all are gone. */
  watch(): void {
    this.world.timeline.after(ROUND, async () => {
      if (this.isOver) return;
      const marks = await this.marks();
      if (marks.length > 0) {
        this.widen(marks.length);
        const log = await logOf(this.shop, this.engine);
        for (const [view, mark] of marks) this.question(view, mark, log);
      }
      for (const [view, { stream }] of marks) this.tell(view, 'retry', stream);
      this.watch();
    });
  }

  /** No visitor is left. */
  leave(): void {
    this.isOver = true;
  }

  /**
   * Mends what stands still, when nothing goes wrong any more; `log` says whether it had a reason. What is retried has to
   * be mended by that, and what is discarded must not stand still at that version any more; the next one may, and is
   * discarded too. Where a rebuild is to be resumed, all is retried.
   *
   * @returns whether there was anything to do
   */
  async finish(log: readonly LoggedCommit[]): Promise<boolean> {
    const all = await this.marks();
    const marks = all.filter(([view, { stream, version }]) =>
      this.wasPassed(view, stream)
        ? this.passed[view]?.some((one) => one.stream === stream && one.version === version) !== true
        : !this.retried.has(`${view} ${stream}`),
    );
    if (marks.length > 0) this.widen(marks.length);
    const unfinished = marks.length > 0 ? await this.unfinished() : undefined;
    for (const [view, mark] of marks) {
      const { stream, version } = mark;
      const isRefused = isPoisonTo(view, log, mark);
      this.question(view, mark, log);
      const mayDiscard = isRefused && view !== unfinished && this.world.random.split(stream).chance(DISCARDED);
      const isDiscarded = this.wasPassed(view, stream) || mayDiscard;
      if (isDiscarded) (this.passed[view] ??= []).push({ stream, version });
      else this.retried.add(`${view} ${stream}`);
      this.tell(view, isDiscarded ? 'discard' : 'retry', stream);
    }
    return marks.length > 0;
  }

  /** The view of which a generation is still built: it takes from history what is discarded before it comes to it. */
  private async unfinished(): Promise<Subscriber | undefined> {
    const view = this.plan.rebuild?.view;
    return view !== undefined && (await rebuiltOf(this.shop, this.engine, view)).isUnfinished ? view : undefined;
  }

  /** Notes a mark that has no reason. */
  private question(view: Subscriber, mark: Mark, log: readonly LoggedCommit[]): void {
    const { stream, version, cause } = mark;
    // An older edition may have met what only the newer one knows.
    const isTooNew = this.plan.upgrade !== undefined && cause.includes('deploy the newer contract');
    // What ended its function again and again is parked as well.
    const isEnded = cause.startsWith('unfinished') && this.shop.function(view).wasEnded;
    // What came first was discarded, so that there is nothing that it could change.
    const isBased = cause.startsWith('entity-missing') && this.wasPassed(view, stream);
    if (isPoisonTo(view, log, mark) || isTooNew || isEnded || isBased) return;
    this.mistaken.push(`${stream}@${version}, which ${view} parked (${cause}),`);
  }

  private wasPassed(view: Subscriber, stream: string): boolean {
    return this.passed[view]?.some((one) => one.stream === stream) === true;
  }

  /** What stands still now, in words. */
  async left(): Promise<string[]> {
    return (await this.marks()).map(([view, { stream, version }]) => `${stream}@${version} in ${view}`);
  }

  private async marks(): Promise<(readonly [Subscriber, Mark])[]> {
    const rows = await this.rows();
    return SUBSCRIBERS.flatMap((view) => {
      const marks = isInItems(view)
        ? Generations.of(this.shop, view).live.flatMap((item) => (item['_parked'] as Mark | undefined) ?? [])
        : rows.filter((row) => row.view === SUBSCRIBER[view].rows);
      return marks.map((mark) => [view, mark] as const);
    });
  }

  private async rows(): Promise<(Mark & { readonly view: string })[]> {
    if (!this.shop.dataApi.hasMet('dbpatterns_view.park(')) return [];
    return this.engine.ask(
      `select p.view, p.stream, p.version, p.cause from dbpatterns_view.parked p join dbpatterns_view.view v
         on v.name = p.view and v.shown = p.generation order by p.view, p.stream`,
    );
  }

  private widen(count: number): void {
    this.world.story.tell('the mender', `the listing takes longer texts now: ${count} parked`);
    this.shop.tables.listing.refuses = () => false;
    this.shop.recipient.refuses = () => false;
  }

  private tell(view: Subscriber, dbpatterns: 'retry' | 'discard', stream: string): void {
    const what = `${dbpatterns} ${stream}`;
    this.shop.function(view).invoke({ dbpatterns, stream }, `mender ${(this.calls += 1)} ${what}`, (how) => {
      this.world.story.tell('the mender', `${what} in ${view} → ${JSON.stringify(how)}`);
    });
  }
}

function isPoisonTo(view: Subscriber, log: readonly LoggedCommit[], { stream, version }: Address): boolean {
  if (view !== 'browse-listing' && view !== 'shop-letters') return false;
  const commit = log.find((one) => one.stream === stream && one.version === version);
  return commit?.events.some(({ data }) => JSON.stringify(data).includes(POISON)) === true;
}
