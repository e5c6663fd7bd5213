import type { Effort, Measurement, Side, Sides } from './measurement.js';
import { median, quantile } from './statistics.js';

/** What one side came to. */
export interface Figures {
  readonly samples: number;
  readonly p50: number;
  readonly p99: number;
}

/** A comparison and what it came to. */
export interface Result {
  readonly name: string;
  readonly what: string;
  readonly unit: string;
  readonly kit: Figures;
  readonly bare: Figures;
  /** The kit over the other: the median over the rounds of the ratio of each round's medians. */
  readonly ratio: number;
  /** The same of the 99th percentiles of all samples; left out where a round has one sample. */
  readonly ratio99?: number;
  readonly goal?: number;
  readonly better: 'low' | 'high';
  /** Whether the goal is reached, by the medians and, where there is one, by the 99th percentiles. */
  readonly reached?: boolean;
}

/**
 * Runs both sides by turns, so that both meet the same machine, and each goes first as often as the other: what one
 * leaves behind (a heap to collect, a warm cache) is then nobody's advantage. Nothing is collected by force in between:
 * that throws compiled code away as well, and doubles what is measured.
 */
export async function compare(
  measurement: Measurement,
  sides: Sides,
  { rounds, warmUp }: Effort,
  onRound: (round: number, of: number) => void,
): Promise<Result> {
  const kit: number[][] = [];
  const bare: number[][] = [];
  for (let round = 0; round < warmUp + rounds; round += 1) {
    onRound(round + 1, warmUp + rounds);
    const order: [Side, number[][]][] = [
      [sides.kit, kit],
      [sides.bare, bare],
    ];
    if (round % 2 === 1) order.reverse();
    for (const [side, all] of order) {
      const samples = await side();
      if (round >= warmUp) all.push([...samples]);
    }
  }
  return resultOf(measurement, kit, bare);
}

/** What the samples of both sides come to, round by round. */
export function resultOf(
  { name, what, unit, better, goal }: Pick<Measurement, 'name' | 'what' | 'unit' | 'better' | 'goal'>,
  kit: readonly (readonly number[])[],
  bare: readonly (readonly number[])[],
): Result {
  const [ofKit, ofBare] = [figuresOf(kit), figuresOf(bare)];
  const ratio = median(kit.map((samples, round) => median(samples) / median(bare[round] ?? [])));
  const ratio99 = kit.every(({ length }) => length === 1) ? undefined : ofKit.p99 / ofBare.p99;
  const within = (value: number | undefined): boolean =>
    goal === undefined || value === undefined || (better === 'low' ? value <= goal : value >= goal);
  return {
    ...{ name, what, unit, better, kit: ofKit, bare: ofBare, ratio },
    ...(ratio99 === undefined ? {} : { ratio99 }),
    ...(goal === undefined ? {} : { goal, reached: within(ratio) && within(ratio99) }),
  };
}

function figuresOf(rounds: readonly (readonly number[])[]): Figures {
  const samples = rounds.flat();
  return { samples: samples.length, p50: median(samples), p99: quantile(samples, 0.99) };
}
