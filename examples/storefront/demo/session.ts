import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readBaskets } from './baskets.js';
import { catchUp } from './catch-up.js';
import { check, checkInput } from './check.js';
import { signedClient } from './client.js';
import { depth, describe, type Outputs } from './deployed.js';
import { calculate } from './expected.js';
import { type Fed, feed, type FeedOptions } from './feed.js';
import type { Place, Say } from './place.js';
import { commandsOf, plan, type Plan } from './plan.js';
import { ask } from './questions.js';
import { report } from './report.js';
import { readRows } from './rows.js';
import { countByCause, listUnusable } from './unusable.js';
import { readView } from './views.js';
import { readCatalog, readOutbox, readSales } from './write-model.js';

/** Where the demo keeps what is made once: below the folder in which it was called. */
export const home = join(process.env.INIT_CWD ?? process.cwd(), '.local');
/** Where it keeps its state and its files. */
export const folder = join(home, 'demo');

/** One run of the demo, from the empty place to the report. The steps are called in order. */
export class Session {
  readonly plan: Plan;
  private outputs?: Outputs;
  private fed?: Fed;
  private lines: string[] = [];

  /** @param limit how many invoices are sent, from the first on */
  constructor(
    private readonly place: Place,
    private readonly limit: number,
  ) {
    this.plan = plan(readRows(), limit);
  }

  /** How many commands the plan has. */
  get commands(): number {
    return commandsOf(this.plan).length;
  }

  /** The report, once all has been compared. */
  get report(): readonly string[] {
    return this.lines;
  }

  async start(say: Say): Promise<void> {
    mkdirSync(folder, { recursive: true });
    await this.place.start(say);
  }

  async deploy(say: Say): Promise<void> {
    this.outputs = await this.place.deploy(say);
  }

  async feed(say: (sent: number) => void): Promise<void> {
    this.fed = await feed(this.plan.steps, { ...this.shop, onProgress: say });
    const [first] = this.fed.refused;
    if (!first) return;
    const { command, status, detail } = first;
    throw new Error(`${this.fed.refused.length} commands were refused; ${command.key} with ${status}: ${detail}`);
  }

  async catchUp(say: (behind: number) => void): Promise<void> {
    const { ListingTable: listing, TotalsTable: totals } = this.deployed;
    await catchUp({ listing, totals, insights: this.place.database('insights') }, this.sent, say);
  }

  /** Compares all that the shop holds with the calculation. Returns where it differs. */
  async compare(): Promise<string[]> {
    const { ListingTable, TotalsTable, InvoicesTable } = this.deployed;
    const catalog = this.place.database('catalog');
    const expected = await calculate(this.limit);
    const { commits, events, ...sales } = await readSales(InvoicesTable);
    const held = {
      catalog: await readCatalog(catalog),
      sales,
      listing: await readView(ListingTable, 'productId'),
      byCategory: await readView(ListingTable, 'productId', 'by-category'),
      byPrice: await readView(ListingTable, 'productId', 'by-price'),
      totals: await readView(TotalsTable, 'day'),
      baskets: await readBaskets(this.place.database('insights')),
    };
    const { ListingDeadLetters, TotalsDeadLetters, BasketsDeadLetters } = this.deployed;
    const depths = await Promise.all([ListingDeadLetters, TotalsDeadLetters, BasketsDeadLetters].map(depth));
    const deadLetters = depths.reduce((sum, count) => sum + count, 0);
    const unusable = countByCause(this.plan.unusable);
    const unusableFile = join(folder, 'unusable-rows.csv');
    listUnusable(unusableFile, this.plan.unusable);
    const found = [
      ...check(held, expected),
      ...checkInput(this.plan, expected),
      ...(deadLetters === 0 ? [] : [`${deadLetters} dead letters`]),
    ];
    this.lines = report({
      deployed: await describe(this.place.stackName),
      invoices: this.plan.invoices,
      rows: this.plan.rows,
      empty: this.plan.empty.length,
      unusable,
      unusableFile,
      fed: this.sent,
      catalog: await readOutbox(catalog),
      sales: { commits, events },
      products: held.listing.items.length,
      totals: held.totals.items.length,
      baskets: held.baskets,
      parked: [held.listing, held.totals, held.baskets].reduce((sum, { parked }) => sum + parked.length, 0),
      deadLetters,
      answers: found.length === 0 ? await ask(this.shop) : [],
    });
    return found;
  }

  private get shop(): Pick<FeedOptions, 'request' | 'endpoints'> {
    const { place } = this;
    const { CatalogUrl, SalesUrl, BrowseUrl, InsightsUrl, BasketsUrl } = this.deployed;
    return {
      request: signedClient(place.caller),
      endpoints: {
        commands: { product: place.url(CatalogUrl), sale: place.url(SalesUrl) },
        browse: place.url(BrowseUrl),
        insights: place.url(InsightsUrl),
        baskets: place.url(BasketsUrl),
      },
    };
  }

  private get deployed(): Outputs {
    return this.outputs ?? missing('the storefront has not been deployed');
  }

  private get sent(): Fed {
    return this.fed ?? missing('nothing has been sent');
  }
}

function missing(what: string): never {
  throw new Error(what);
}
