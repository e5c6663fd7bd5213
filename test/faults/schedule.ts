import { Dice } from './random.js';
import { VIEW_NAMES, type ViewName } from './views.js';

/** Whom a fault meets: functions of the storefront by what they do. */
export type Target = keyof typeof TARGETS;

/** The logical ids of the functions that a target stands for. */
export const TARGETS = {
  'the commands of products': /Handlercatalogcommands/,
  'the commands of sales': /Handlersalescommands/,
  'the listing': /Handlerbrowselisting/,
  'the totals': /Handlerinsightstotals/,
  'the price days': /^PricingHandler/,
  'the baskets': /Handlerinsightsboughttogether/,
  'the relays': /Relay/,
  'the histories': /History/,
  'all functions': /./,
} as const;

/** How a line is cut. */
export type Cut =
  /** Nobody listens. */
  | 'refused'
  /** Requests get no answer, and go on their way when the cut ends: whoever gave up meets them later. */
  | 'held up'
  /** Requests get no answer and never arrive. */
  | 'swallowed'
  /** Requests arrive, and their answers do not. */
  | 'unanswered';

const CUTS: readonly Cut[] = ['refused', 'held up', 'swallowed', 'unanswered'];

/** Where a function that dies on a call is with it. */
export type Moment = 'before' | 'after';

/** What is done to the engines, and for how long (in milliseconds). */
export type Fault =
  | { readonly kind: 'workers killed'; readonly of: Target; readonly times: number }
  | {
      readonly kind: 'killed on a call';
      readonly of: Target;
      readonly call: string;
      readonly when: Moment;
      readonly times: number;
    }
  | { readonly kind: 'PostgreSQL killed' }
  | { readonly kind: 'sessions killed'; readonly times: number }
  | { readonly kind: 'emulator restarted' }
  | {
      readonly kind: 'line cut';
      readonly of: Target | 'the clients';
      readonly to: 'AWS' | 'the Data API';
      readonly how: Cut;
      readonly share: number;
    }
  | { readonly kind: 'events scattered'; readonly copies: number; readonly within: number }
  | { readonly kind: 'messages repeated'; readonly copies: number }
  | { readonly kind: 'entries failed'; readonly share: number }
  | { readonly kind: 'writes throttled'; readonly of: Target; readonly share: number }
  | {
      readonly kind: 'view rebuilt';
      readonly of: ViewName;
      /** Its function dies once at every step, before or after it notes that it is there. */
      readonly when: Moment;
      readonly stopped: boolean;
      readonly back: boolean;
    };

/** One fault of a schedule: when it begins, in milliseconds from the start of the load, and for how long it lasts. */
export interface Planned {
  readonly at: number;
  /** In milliseconds, or for as long as clients go on. A rebuild takes what it takes. */
  readonly lasts: number | 'throughout';
  readonly fault: Fault;
}

/** How often a fault struck, by what it met: a call by its name, a step of a rebuild, a target. */
export type Strikes = ReadonlyMap<string, number>;

/** What happens in a run. */
export interface Schedule {
  readonly seed: number;
  /** How long clients go on at least, in milliseconds: they end no earlier than the last rebuild. */
  readonly load: number;
  /** How many clients there are, each doing one thing after the other. */
  readonly clients: number;
  /** How long a client waits at most between two commands, in milliseconds. */
  readonly pace: number;
  readonly faults: readonly Planned[];
}

/** Every so many seeds all views are rebuilt. */
const REBUILT = 12;

const KINDS: readonly Exclude<Fault['kind'], 'view rebuilt'>[] = [
  'killed on a call',
  'PostgreSQL killed',
  'line cut',
  'emulator restarted',
  'events scattered',
  'workers killed',
  'entries failed',
  'writes throttled',
  'line cut',
  'sessions killed',
  'messages repeated',
];

type Way = Pick<Extract<Fault, { kind: 'line cut' }>, 'how' | 'to'>;

/** In which ways a line is cut, those first that are rare otherwise. */
const WAYS: readonly Way[] = [
  { how: 'swallowed', to: 'the Data API' },
  { how: 'refused', to: 'the Data API' },
  { how: 'refused', to: 'AWS' },
  { how: 'unanswered', to: 'the Data API' },
  { how: 'held up', to: 'the Data API' },
  { how: 'unanswered', to: 'AWS' },
  { how: 'swallowed', to: 'AWS' },
  { how: 'held up', to: 'AWS' },
];

/** Each of these takes the engine away that the other one needs in order to come back. */
const ONCE: ReadonlySet<Fault['kind']> = new Set(['PostgreSQL killed', 'sessions killed', 'emulator restarted']);

/** Calls after which, or before which, a death hurts: between write and publish, between write and acknowledgement. */
const CALLS: readonly (readonly [of: Target, call: string])[] = [
  ['the commands of products', 'Execute'],
  ['the commands of products', 'CommitTransaction'],
  ['the commands of products', 'PutEvents'],
  ['the commands of products', 'SendMessage'],
  ['the commands of sales', 'ExecuteStatement'],
  ['the commands of sales', 'ExecuteTransaction'],
  ['the listing', 'UpdateItem'],
  ['the listing', 'PutItem'],
  ['the totals', 'TransactWriteItems'],
  ['the price days', 'TransactWriteItems'],
  ['the baskets', 'Execute'],
  ['the relays', 'PutEvents'],
];

/** What else happens while views are rebuilt. An emulator that ends takes the executions of its state machines along. */
const BESIDE_REBUILDS = [
  'entries failed',
  'writes throttled',
  'workers killed',
  'killed on a call',
  'line cut',
  'PostgreSQL killed',
  'sessions killed',
] as const;
const WRITERS = ['the commands of sales', 'the listing', 'the totals', 'the price days'] as const;
const COMMANDS = ['the commands of products', 'the commands of sales'] as const;

/** The schedule of a seed, always the same. The first fault's kind goes round with the seed, so that few seeds meet all. */
export function scheduleOf(seed: number): Schedule {
  const dice = new Dice(seed);
  if (seed % REBUILT === 0) return rebuilding(seed, dice);
  const turn = seed % KINDS.length;
  const kinds = [KINDS[turn] ?? dice.pick(KINDS)];
  for (let more = dice.whole(1, 3); more > 0; more -= 1) {
    const kind = dice.pick(KINDS);
    if (!ONCE.has(kind) || !kinds.some((other) => ONCE.has(other))) kinds.push(kind);
  }
  const load = dice.whole(2_500, 3_500);
  // Lines that are cut first are cut in all ways, one after the other.
  const nth = 2 * Math.floor(seed / KINDS.length) + (turn === KINDS.indexOf('line cut') ? 0 : 1);
  const faults = kinds.map((kind, index) =>
    planned(dice, kind === 'line cut' && index === 0 ? cutOf(dice, WAYS[nth % WAYS.length]) : faultOf(dice, kind)),
  );
  return { seed, load, clients: 10, pace: 60, faults: faults.sort((a, b) => a.at - b.at) };
}

/**
 * All views at once, because a rebuild mostly waits until no function works by what it knew before. Half of them die before
 * they note a step, half right after; two are rolled back, and one of the others is stopped.
 */
function rebuilding(seed: number, dice: Dice): Schedule {
  const [first, stopped] = [dice.whole(0, VIEW_NAMES.length - 1), dice.whole(2, VIEW_NAMES.length - 1)];
  const rebuilds = VIEW_NAMES.map((of, index): Planned => {
    const turn = (first + index) % VIEW_NAMES.length;
    const fault: Fault = {
      kind: 'view rebuilt',
      of,
      when: turn % 2 === 0 ? 'before' : 'after',
      stopped: turn === stopped,
      back: turn < 2,
    };
    return { at: dice.whole(500, 1_500), lasts: 'throughout', fault };
  });
  const others = [dice.pick(BESIDE_REBUILDS), dice.pick(BESIDE_REBUILDS)].map((kind) => ({
    ...planned(dice, faultOf(dice, kind)),
    at: dice.whole(1_000, 20_000),
  }));
  const faults = [...rebuilds, planned(dice, faultOf(dice, 'events scattered')), ...others];
  return { seed, load: 10_000, clients: 4, pace: 1_500, faults: faults.sort((a, b) => a.at - b.at) };
}

function faultOf(dice: Dice, kind: Exclude<Fault['kind'], 'view rebuilt'>): Fault {
  switch (kind) {
    case 'workers killed':
      return {
        kind,
        of: dice.pick([...COMMANDS, ...VIEW_NAMES, 'the relays', 'all functions']),
        times: dice.whole(1, 4),
      };
    case 'killed on a call': {
      const [of, call] = dice.pick(CALLS);
      return { kind, of, call, when: dice.pick(['before', 'after']), times: dice.whole(1, 3) };
    }
    case 'PostgreSQL killed':
    case 'emulator restarted':
      return { kind };
    case 'sessions killed':
      return { kind, times: dice.whole(1, 3) };
    case 'line cut':
      return cutOf(dice);
    case 'events scattered':
      return { kind, copies: dice.whole(1, 3), within: dice.whole(50, 1_500) };
    case 'messages repeated':
      return { kind, copies: dice.whole(2, 3) };
    case 'entries failed':
      return { kind, share: dice.pick([0.3, 0.6, 1]) };
    case 'writes throttled':
      return { kind, of: dice.pick(WRITERS), share: dice.pick([0.3, 0.6, 0.9]) };
  }
}

function cutOf(dice: Dice, way?: Way): Fault {
  const kind = 'line cut';
  const share = dice.pick([0.2, 0.5, 1]);
  if (way !== undefined)
    return { kind, of: dice.pick<Target>(['the commands of products', 'all functions']), ...way, share };
  const how = dice.pick(CUTS);
  if (dice.chance(0.2)) return { kind, of: 'the clients', to: 'AWS', how, share };
  if (dice.chance(0.5)) {
    const of = dice.pick<Target>(['the commands of products', 'the baskets', 'the histories', 'all functions']);
    return { kind, of, to: 'the Data API', how, share };
  }
  const of = dice.pick<Target>([...COMMANDS, ...VIEW_NAMES, 'the relays', 'all functions']);
  return { kind, of, to: 'AWS', how, share };
}

function planned(dice: Dice, fault: Fault): Planned {
  const brief = fault.kind === 'PostgreSQL killed' || fault.kind === 'emulator restarted';
  if (fault.kind === 'events scattered' || fault.kind === 'messages repeated') {
    return { at: 0, lasts: 'throughout', fault };
  }
  return { at: dice.whole(200, 1_800), lasts: brief ? dice.whole(0, 900) : dice.whole(300, 1_800), fault };
}

/**
 * A schedule as a list that can be read.
 *
 * @param strikes - what each fault struck, if it was run
 */
export function described({ seed, load, faults }: Schedule, strikes: readonly Strikes[] = []): string[] {
  const isRebuilt = faults.some(({ fault }) => fault.kind === 'view rebuilt');
  return [
    `seed ${seed}: clients go on for ${load} ms${isRebuilt ? ' and until the last rebuild has ended' : ''}`,
    ...faults.map(({ at, lasts, fault }, index) => {
      const met = [...(strikes[index] ?? [])].map(([what, count]) => (count === 1 ? what : `${what} ${count} times`));
      const struck = strikes[index] === undefined ? '' : ` (struck ${met.join(', ') || 'nothing'})`;
      return `  from ${at} ms${lasts === 'throughout' ? '' : `, for ${lasts} ms`}: ${said(fault)}${struck}`;
    }),
  ];
}

function said(fault: Fault): string {
  switch (fault.kind) {
    case 'workers killed':
      return `a worker of ${fault.of} is killed, ${fault.times} times`;
    case 'killed on a call':
      return `${fault.of} die ${fault.when === 'before' ? 'before' : 'right after'} ${fault.call}, ${fault.times} times`;
    case 'PostgreSQL killed':
      return 'PostgreSQL is killed, stays away, and recovers';
    case 'sessions killed':
      return `a session of PostgreSQL is killed, and with it all others, ${fault.times} times`;
    case 'emulator restarted':
      return 'the emulator ends with its state kept, stays away, and starts again';
    case 'line cut':
      return `${percent(fault.share)} of the requests of ${fault.of} to ${fault.to} are ${fault.how}`;
    case 'events scattered':
      return `each event comes up to ${fault.copies} times, within ${fault.within} ms and in any order`;
    case 'messages repeated':
      return `each message that a function sends comes ${fault.copies} times`;
    case 'entries failed':
      return `the bus refuses ${percent(fault.share)} of the entries`;
    case 'writes throttled':
      return `${percent(fault.share)} of the writes of ${fault.of} are throttled`;
    case 'view rebuilt': {
      const { of, when, stopped, back } = fault;
      const killed = `killed at every step ${when === 'before' ? 'before' : 'right after'} it is noted`;
      return `${of} ${of === 'the listing' ? 'is' : 'are'} rebuilt, ${killed}${stopped ? ', stopped and resumed' : ''}${back ? ', and rolled back' : ''}`;
    }
  }
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
