import type { Random } from '../core/random.js';
import { SUBSCRIBER, type Subscriber } from './names.js';

/** What one client does, one after the other. */
export type Step = {
  readonly id: string;
  readonly wait: number;
  /** It waits until a rebuild has come to this step, or has ended. Default: for nothing. */
  readonly until?: string;
} & (
  | {
      readonly kind: 'command';
      readonly stream: 'product' | 'sale';
      readonly entity: string;
      readonly name: string;
      readonly data: Readonly<Record<string, unknown>>;
      /** The version that the client says it has seen: the one that it knows, none, or a wrong one. */
      readonly expect?: 'known' | 'none' | 'wrong';
      /** Sent a second time while the first is under way. */
      readonly twice: boolean;
      /** Sent once more after it was answered. */
      readonly again: boolean;
      /** How often it is sent when nobody knows what became of it. */
      readonly tries: number;
    }
  | { readonly kind: 'get'; readonly entity: string; readonly token: boolean }
  | { readonly kind: 'list'; readonly index: 'categories' | 'prices'; readonly value: string; readonly token: boolean }
  | { readonly kind: 'total'; readonly day: string; readonly country: string; readonly token: boolean }
  /** What was bought with a product; without one: how many baskets there are. */
  | { readonly kind: 'baskets'; readonly entity?: string; readonly token: boolean }
);

/** What happens in a run: its clients, and what is done to its views meanwhile. */
export interface Plan {
  readonly clients: readonly (readonly Step[])[];
  readonly rebuild?: RebuildPlan;
  /** Whether somebody mends what stands still while visitors go on. Default: only when they are gone. */
  readonly isWatched?: boolean;
  /** Where the view of price bands is kept. Default: in DynamoDB. */
  readonly bands?: BandsView;
  /** Default: as production has it. */
  readonly limits?: Limits;
  /** Default: the older edition stays. */
  readonly upgrade?: Upgrade;
  /** Default: none. */
  readonly outage?: OutagePlan;
  /** Default: all services are there. */
  readonly away?: AwayPlan;
}

/** The functions that have a newer edition. */
export const UPGRADED = [
  'catalog-commands',
  'browse-listing',
  'insights-bands',
  'insights-band-rows',
  'shop-letters',
] as const;

/** When each of them gets it, in milliseconds; in any order, also the publisher first. */
export type Upgrade = Readonly<Record<(typeof UPGRADED)[number], number>>;

/** When the relay of sales is switched off, and for how long, in milliseconds. */
export interface OutagePlan {
  readonly wait: number;
  readonly lasts: number;
}

/** What is away, from when on, and for how long, in milliseconds. */
export interface AwayPlan {
  readonly what: 'the bus' | 'listing' | 'bands' | 'invoices';
  readonly wait: number;
  readonly lasts: number;
}

/** Limits of services, which are reached where they are small. */
export interface Limits {
  /** The largest entry of the bus, in bytes: a commit above it travels without its events. */
  readonly entry: number;
  /** What a page of DynamoDB or of the outbox's history holds, in bytes. */
  readonly page: number;
}

export const LIMITS: Limits = { entry: 262_144, page: 1_048_576 };

/** The views that can be rebuilt, by their functions. */
export type View = Exclude<Subscriber, 'shop-letters'>;
/** The view of price bands in DynamoDB, or in PostgreSQL: a run has one of them. */
export const BANDS_VIEWS = ['insights-bands', 'insights-band-rows'] as const;
export type BandsView = (typeof BANDS_VIEWS)[number];
/** The share of runs that keep bands in PostgreSQL. */
const IN_ROWS = 0.35;
const OFTEN = ['browse-listing', 'insights-totals', 'insights-bands'] as const;

/** A rebuild of a view, and how the operator meddles with it. */
export interface RebuildPlan {
  readonly view: View;
  /** When it is started, in milliseconds. */
  readonly wait: number;
  readonly input: { readonly keep: number; readonly segments: number; readonly rate?: number };
  readonly meddling: readonly { readonly wait: number; readonly what: 'stop' | 'resume' | 'rollback' | 'start' }[];
}

export const PRODUCTS = ['85123A', '71053', '84406B'];
const DESCRIPTIONS = [
  { description: 'WHITE METAL LANTERN', category: 'lanterns' },
  { description: 'JUMBO BAG RED', category: 'bags' },
] as const;
const PRICES = [95, 150, 339, 450, 1250, 2500];
export const DAYS = ['2010-12-01', '2010-12-02'];
const CUSTOMERS = ['12347', '12348'];
export const COUNTRIES = ['France', 'Germany'];
const BANDS = ['under-1', '1-2', '2-5', '5-10', '10-20', 'from-20'];

/** The longest descriptions are more than the view takes: poison, until it takes more. */
export const POISON = ` ${'X'.repeat(150)}`;

/** The category of a description of the plan. */
export function categoryOf(description: string): string {
  return DESCRIPTIONS.find((one) => description.startsWith(one.description))?.category ?? 'other';
}

/** Entries have 380 to 600 bytes, those of sales from 460 on; without events they have 300. */
const SOME_THIN = 460;
const ALL_THIN = 340;

/** The share of runs in which newer code is deployed, and of those in which the stream loses something. */
const UPGRADES = 0.2;
const OUTAGES = 0.1;
/** … and of those in which something is away, in which a customer brings back much at once, and of rebuilds with a burst. */
const AWAY = 0.1;
const CROWDS = 0.1;
const BURSTS = 0.4;
/** The share of a burst's steps that change the view that is rebuilt. */
const CHANGES = 0.8;

/** The share of runs in which a view is rebuilt. */
const REBUILT = 0.35;

/** The share of products whose description is longer than the view takes: in all runs, and in those that are watched. */
const POISONED = { elsewhere: 0.06, watched: 0.5 };
const WATCHED = 0.12;

export function planOf(random: Random): Plan {
  const count = random.whole(2, 4);
  const bands = random.split('bands').chance(IN_ROWS) ? 'insights-band-rows' : 'insights-bands';
  const rebuild = random.chance(REBUILT) ? rebuildOf(random.split('rebuild'), bands) : undefined;
  const isWatched = random.split('watched').chance(WATCHED);
  // A rebuild takes minutes, and so does what stands still: the visitors stay as long.
  const pace = rebuild === undefined ? (isWatched ? 20 : 1) : random.pick([10, 40]);
  const poisoned = isWatched ? POISONED.watched : POISONED.elsewhere;
  const clients = Array.from({ length: count }, (_, index) =>
    stepsOf(random.split(`client ${index}`), index, { pace, poisoned }),
  );
  const crowd = random.split('crowd');
  if (crowd.chance(CROWDS)) clients.push(...crowdOf(crowd, clients.length));
  const burst = random.split('burst');
  if (rebuild !== undefined && burst.chance(BURSTS)) clients.push(...burstOf(burst, clients.length, rebuild.view));
  const away = random.split('away');
  const upgrade = random.split('upgrade');
  const outage = random.split('outage');
  return {
    clients,
    isWatched,
    bands,
    limits: limitsOf(random.split('limits')),
    ...(rebuild === undefined ? {} : { rebuild }),
    ...(upgrade.chance(UPGRADES) ? { upgrade: upgradeOf(upgrade) } : {}),
    ...(outage.chance(OUTAGES) ? { outage: outageOf(outage) } : {}),
    ...(away.chance(AWAY) ? { away: awayOf(away) } : {}),
  };
}

function upgradeOf(dice: Random): Upgrade {
  // The publisher first, or last: then newer code reads old events, or old code meets newer ones.
  const [publisher, pace] = dice.pick([
    [300, 4_000],
    [300, 40_000],
    [8_000, 2_000],
  ] as const);
  const wait = (): number => dice.around(pace);
  const subscribers = { 'browse-listing': wait(), 'insights-bands': wait(), 'shop-letters': wait() };
  return { 'catalog-commands': dice.around(publisher), ...subscribers, 'insights-band-rows': wait() };
}

/** The stream keeps a day: what was sold in the first part is lost, what was sold later comes by itself. */
function outageOf(dice: Random): OutagePlan {
  return { wait: dice.around(3_000), lasts: 24 * 3_600_000 + dice.around(dice.pick([2_000, 20_000, 200_000])) };
}

function awayOf(dice: Random): AwayPlan {
  const what = dice.pick(['the bus', 'the bus', 'listing', 'bands', 'invoices'] as const);
  const wait = dice.around(2_000);
  // A sweep comes after three minutes: some of the time the bus is still away then.
  if (what === 'the bus' && dice.chance(0.5)) return { what, wait, lasts: dice.whole(240_000, 330_000) };
  return { what, wait, lasts: dice.whole(60_000, 180_000) };
}

/** A customer has bought, and brings some of it back by several returns at once. */
function crowdOf(dice: Random, first: number): Step[][] {
  const how = { kind: 'command', stream: 'sale', twice: false, again: false, tries: 5 } as const;
  const who = { customer: CUSTOMERS[0], country: COUNTRIES[0] };
  const lines = (units: number) => PRODUCTS.map((product) => ({ product, units, price: 150 }));
  const wait = dice.around(500);
  const sale: Step = {
    ...{ ...how, id: `c${first}.0`, wait, entity: '536100', name: 'RegisterSale' },
    data: { ...who, soldAt: '2010-12-01T08:00:00', lines: lines(20) },
  };
  const returns = [1, 2, 3].map((number): Step[] => [
    {
      ...{ ...how, id: `c${first + number}.0`, wait: wait + 3_000 + dice.around(15) },
      ...{ entity: `C${537_100 + number}`, name: 'RegisterReturn' },
      data: { ...who, returnedAt: '2010-12-02T08:00:00', lines: lines(number) },
    },
  ]);
  return [[sale], ...returns];
}

/** While a rebuild changes what is written, much is written. */
function burstOf(dice: Random, first: number, view: View): Step[][] {
  const { stream, kind } = SUBSCRIBER[view];
  const steps = ['fill', 'ready', 'swap', 'finish'];
  // The new generation of totals stands still before it is ready: then most depends on who knows of it.
  const until = dice.pick(kind === 'aggregate' ? [...steps, 'ready', 'ready', 'ready', 'ready'] : steps);
  const pace = dice.pick([0.1, 1, 4]);
  return [0, 1].map((index) => {
    const client = first + index;
    const own = dice.split(`client ${index}`);
    return stepsOf(own, client, { pace, poisoned: 0 }).map((step, place) => {
      const change = own.split(`change ${place}`);
      return change.chance(CHANGES) ? { ...changeOf(change, stream, client, place), until } : { ...step, until };
    });
  });
}

/** A command that changes a view of this stream, soon after the one before. */
function changeOf(dice: Random, stream: 'product' | 'sale', client: number, place: number): Step {
  const id = `c${client}.${place}`;
  const how = { id, wait: dice.around(400), kind: 'command', stream, twice: false, again: false, tries: 3 } as const;
  const [price, day] = [dice.pick(PRICES) + client * 10 + place + 1, dice.pick(DAYS)];
  if (stream === 'product') {
    return { ...how, entity: dice.pick(PRODUCTS), name: 'ChangePrice', data: { price, since: day } };
  }
  const lines = dice.shuffled(PRODUCTS).slice(1);
  const data = {
    ...{ customer: null, country: dice.pick(COUNTRIES), soldAt: `${day}T09:00:00` },
    lines: lines.map((product) => ({ product, units: 1, price })),
  };
  return { ...how, entity: String(538_000 + client * 10 + place), name: 'RegisterSale', data };
}

/** Some runs send sales without their lines, some no events at all; some read everything in small pages. */
function limitsOf(dice: Random): Limits {
  return {
    entry: dice.pick([LIMITS.entry, LIMITS.entry, LIMITS.entry, SOME_THIN, ALL_THIN]),
    page: dice.pick([LIMITS.page, LIMITS.page, 1_500]),
  };
}

function rebuildOf(dice: Random, bands: BandsView): RebuildPlan {
  const input = { keep: dice.pick([5, 60]), segments: dice.whole(1, 3) };
  const wait = (): number => dice.around(dice.pick([1_000, 40_000]));
  // What lies in PostgreSQL more seldom: each step there takes ten times as long as all else.
  const view = dice.pick([...OFTEN, ...OFTEN, ...OFTEN, 'insights-baskets'] as const);
  return {
    view: view === 'insights-bands' ? bands : view,
    wait: dice.around(5_000),
    input: dice.chance(0.3) ? { ...input, rate: dice.whole(1, 4) } : input,
    meddling: Array.from({ length: dice.pick([0, 0, 1, 2]) }, () => ({
      wait: wait(),
      what: dice.pick(['stop', 'resume', 'rollback', 'start'] as const),
    })),
  };
}

interface Habits {
  readonly pace: number;
  readonly poisoned: number;
}

function stepsOf(random: Random, client: number, { pace, poisoned }: Habits): Step[] {
  return Array.from({ length: random.whole(3, 7) }, (_, index) => {
    const dice = random.split(`step ${index}`);
    const wait = dice.chance(0.05) ? dice.around(200_000) : pace * dice.around(dice.pick([20, 1_500]));
    return { id: `c${client}.${index}`, wait, ...stepOf(dice, client * 100 + index, poisoned) };
  });
}

type Deed = Step extends infer S ? (S extends Step ? Omit<S, 'id' | 'wait'> : never) : never;

function stepOf(dice: Random, number: number, poisoned: number): Deed {
  const kind = dice.next();
  const token = dice.chance(0.8);
  if (kind < 0.6) return commandOf(dice, number, poisoned);
  if (kind < 0.76) return { kind: 'get', entity: dice.pick(PRODUCTS), token };
  if (kind < 0.9) {
    return dice.chance(0.5)
      ? { kind: 'list', index: 'categories', value: dice.pick(['lanterns', 'bags']), token }
      : { kind: 'list', index: 'prices', value: dice.pick(BANDS), token };
  }
  if (kind < 0.96) return { kind: 'total', day: dice.pick(DAYS), country: dice.pick(COUNTRIES), token };
  return dice.chance(0.3) ? { kind: 'baskets', token } : { kind: 'baskets', entity: dice.pick(PRODUCTS), token };
}

function commandOf(dice: Random, number: number, poisoned: number): Deed {
  const how = {
    kind: 'command' as const,
    twice: dice.chance(0.08),
    again: dice.chance(0.08),
    tries: dice.pick([1, 3, 5]),
  };
  const which = dice.next();
  if (which < 0.3) {
    const { description } = dice.pick(DESCRIPTIONS);
    const data = {
      description: dice.chance(poisoned) ? description + POISON : description,
      price: dice.pick(PRICES),
      since: dice.pick(DAYS),
    };
    return { ...how, stream: 'product', entity: dice.pick(PRODUCTS), name: 'CreateProduct', data };
  }
  if (which < 0.7) {
    // A price that no other step sets: two changes of a price can be told apart.
    const price = dice.pick(PRICES) + (number % 100) + 1;
    const expect = dice.pick([undefined, undefined, 'known', 'none', 'wrong'] as const);
    const data = { price, since: dice.pick(DAYS) };
    return { ...how, stream: 'product', entity: dice.pick(PRODUCTS), name: 'ChangePrice', data, expect };
  }
  const lines = Array.from({ length: dice.whole(1, 3) }, () => ({
    product: dice.pick(PRODUCTS),
    units: dice.whole(1, 5),
    price: dice.pick(PRICES),
  }));
  const at = `${dice.pick(DAYS)}T08:${String(10 + (number % 50))}:00`;
  const who = { customer: dice.pick([null, ...CUSTOMERS]), country: dice.pick(COUNTRIES) };
  if (which < 0.8) {
    // What comes back is matched with what the customer has bought: state that several returns change.
    const data = { ...who, returnedAt: at, lines };
    return { ...how, stream: 'sale', entity: `C${537_000 + dice.whole(0, 5)}`, name: 'RegisterReturn', data };
  }
  const data = { ...who, soldAt: at, lines };
  return { ...how, stream: 'sale', entity: String(536_000 + dice.whole(0, 5)), name: 'RegisterSale', data };
}
