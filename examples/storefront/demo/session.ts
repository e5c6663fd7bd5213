import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { deploy, type LocalCloud, startLocalCloud } from 'cdk-database-patterns-local';
import { postgresAt, type PostgresClient } from 'cdk-database-patterns-lambda/stores';
import { storefront } from '../services/app.js';
import { readBaskets } from './baskets.js';
import { catchUp } from './catch-up.js';
import { check, checkInput } from './check.js';
import { signedClient } from './client.js';
import { depth, describe, type Outputs } from './deployed.js';
import { calculate } from './expected.js';
import { type Fed, feed, type FeedOptions } from './feed.js';
import type { Options } from './options.js';
import { commandsOf, plan, type Plan } from './plan.js';
import { ask } from './questions.js';
import { report } from './report.js';
import { readRows } from './rows.js';
import { countByCause, listUnusable } from './unusable.js';
import { readView } from './views.js';
import { readCatalog, readOutbox, readSales } from './write-model.js';

/** Where the demo keeps its state and its files: below the folder in which it was called. */
const home = join(process.env.INIT_CWD ?? process.cwd(), '.local');
const folder = join(home, 'demo');
const stackName = 'Storefront';

type Say = (text: string) => void;

/** One run of the demo, from the empty machine to the report. The steps are called in order. */
export class Session {
  readonly plan: Plan;
  private cloud?: LocalCloud;
  private outputs?: Outputs;
  private fed?: Fed;
  private lines: string[] = [];

  constructor(private readonly options: Options) {
    this.plan = plan(readRows(), options.invoices);
  }

  /** How many commands the plan has. */
  get commands(): number {
    return commandsOf(this.plan).length;
  }

  /** The report, once all has been compared. */
  get report(): readonly string[] {
    return this.lines;
  }

  /** Where the cloud answers. */
  get endpoint(): string {
    return this.running.endpoint;
  }

  async start(say: Say): Promise<void> {
    mkdirSync(folder, { recursive: true });
    this.cloud = await startLocalCloud({
      stateDirectory: folder,
      cacheDirectory: home,
      databases: ['catalog', 'insights'],
      auth: this.options.auth,
      target: this.options.target,
      onProgress: ({ part, message }) => say(`${part}: ${message}`),
    });
    // The SDK and the CDK of this process speak to this cloud from here on.
    Object.assign(process.env, this.cloud.environment);
  }

  async deploy(say: Say): Promise<void> {
    const { databases } = this.running;
    const app = (outdir: string) => storefront({ outdir, stackName, databases, development: true });
    const outputs = await deploy({ cloud: this.running, app, onProgress: ({ message }) => say(message) });
    this.outputs = outputs[stackName] as Outputs | undefined;
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
    await catchUp({ listing, totals, insights: this.database('insights') }, this.sent, say);
  }

  /** Compares all that the shop holds with the calculation. Returns where it differs. */
  async compare(): Promise<string[]> {
    const { ListingTable, TotalsTable, InvoicesTable } = this.deployed;
    const catalog = this.database('catalog');
    const expected = await calculate(this.options.invoices);
    const { commits, events, ...sales } = await readSales(InvoicesTable);
    const held = {
      catalog: await readCatalog(catalog),
      sales,
      listing: await readView(ListingTable, 'productId'),
      byCategory: await readView(ListingTable, 'productId', 'by-category'),
      byPrice: await readView(ListingTable, 'productId', 'by-price'),
      totals: await readView(TotalsTable, 'day'),
      baskets: await readBaskets(this.database('insights')),
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
      deployed: await describe(stackName),
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

  async stop(): Promise<void> {
    await this.cloud?.stop();
  }

  private database(name: string): PostgresClient {
    const existing = this.running.databases[name];
    if (!existing) throw new Error(`the local cloud has no database ${name}`);
    return postgresAt(existing);
  }

  private get shop(): Pick<FeedOptions, 'request' | 'endpoints'> {
    const { CatalogUrl, SalesUrl, BrowseUrl, InsightsUrl, BasketsUrl } = this.deployed;
    const local = (url: string): string => this.running.httpUrl(url);
    const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } =
      this.running.environment;
    return {
      request: signedClient({ region: this.running.region, credentials: { accessKeyId, secretAccessKey } }),
      endpoints: {
        commands: { product: local(CatalogUrl), sale: local(SalesUrl) },
        browse: local(BrowseUrl),
        insights: local(InsightsUrl),
        baskets: local(BasketsUrl),
      },
    };
  }

  private get running(): LocalCloud {
    return this.cloud ?? missing('the cloud has not been started');
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
