import type { Random } from './random.js';

/** What can go wrong, each at places where it can go wrong in production. */
export const FAULTS = [
  /** The container ends before its call leaves it. */
  'crash-before',
  /** The container ends when its call was carried out, and never learns of it. */
  'crash-after',
  /** The connection breaks before the call arrives. */
  'lost-call',
  /** The connection breaks before the answer arrives: nobody knows what became of the call. */
  'lost-answer',
  /** The service is too busy. */
  'throttle',
  /** The call or its answer takes seconds. */
  'slow',
  /** Of a batch, the service refuses some entries. */
  'refuse-entries',
  /** A message comes twice. */
  'duplicate',
  /** A message takes minutes. */
  'late',
  /** A transaction meets another one, or takes it that it has. */
  'conflict',
  /** A function is started in a new container, although an old one is free. */
  'cold',
  /** An acknowledged message comes again. */
  'undead',
] as const;

export type Fault = (typeof FAULTS)[number];

/** How likely each is at a place where it can happen; 0: never. */
export type Rates = Readonly<Record<Fault, number>>;

/**
 * Which faults happen. Each place has a label, so that the same faults can be made to happen again, all of them or some:
 * that is how a run is repeated and shortened.
 */
export class Faults {
  /** Those that happened: `label!fault`. */
  readonly happened: string[] = [];
  private isOver = false;
  private readonly only: ReadonlyMap<string, Fault> | undefined;

  constructor(
    private readonly random: Random,
    readonly rates: Rates,
    only?: readonly string[],
  ) {
    this.only =
      only &&
      new Map(only.map((one) => [one.slice(0, one.lastIndexOf('!')), one.slice(one.lastIndexOf('!') + 1) as Fault]));
  }

  /** From now on nothing goes wrong any more. */
  end(): void {
    this.isOver = true;
  }

  /** Which of these happens here, if any. A label is asked once. */
  at(label: string, possible: readonly Fault[]): Fault | undefined {
    const fault = this.only ? this.chosen(label, possible) : this.drawn(label, possible);
    if (fault === undefined) return undefined;
    this.happened.push(`${label}!${fault}`);
    return fault;
  }

  private chosen(label: string, possible: readonly Fault[]): Fault | undefined {
    const fault = this.only?.get(label);
    return fault !== undefined && possible.includes(fault) ? fault : undefined;
  }

  private drawn(label: string, possible: readonly Fault[]): Fault | undefined {
    if (this.isOver) return undefined;
    let dice = this.random.split(label).next();
    for (const fault of possible) {
      dice -= this.rates[fault];
      if (dice < 0) return fault;
    }
    return undefined;
  }
}

/** The rates of a run: some faults often, some seldom, some never, so that each combination has its runs. */
export function ratesOf(random: Random): Rates {
  const scale = random.pick([0, 0.3, 1, 1, 2]);
  return Object.fromEntries(
    FAULTS.map((fault) => {
      const own = random.split(fault);
      return [fault, own.chance(0.6) ? scale * HIGHEST[fault] * own.next() : 0];
    }),
  ) as Rates;
}

const HIGHEST: Rates = {
  'crash-before': 0.02,
  'crash-after': 0.02,
  'lost-call': 0.02,
  'lost-answer': 0.03,
  throttle: 0.03,
  slow: 0.05,
  'refuse-entries': 0.2,
  duplicate: 0.2,
  late: 0.1,
  conflict: 0.15,
  cold: 0.2,
  undead: 0.1,
};
