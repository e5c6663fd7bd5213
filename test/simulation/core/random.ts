/**
 * Randomness that a seed gives and that can be split: what a child draws depends on the seed and on the labels that lead
 * to it, never on what others have drawn before. So a run in which less happens still does the rest alike.
 */
export class Random {
  static of(seed: number): Random {
    return new Random(mixed(seed >>> 0, 0x9e3779b9), mixed(Math.floor(seed / 2 ** 32) >>> 0, 0x85ebca6b));
  }

  private count = 0;

  private constructor(
    private readonly a: number,
    private readonly b: number,
  ) {}

  /** The randomness of a part with this name. */
  split(label: string): Random {
    let [a, b] = [this.a, this.b];
    for (let index = 0; index < label.length; index += 1) {
      const code = label.charCodeAt(index);
      a = Math.imul(a ^ code, 0x9e3779b1);
      b = Math.imul(b ^ code, 0x5f356495);
    }
    return new Random(mixed(a, b), mixed(b, a));
  }

  /** A number from 0 up to, not including, 1. */
  next(): number {
    this.count += 1;
    return mixed(this.a + Math.imul(this.count, 0x9e3779b9), this.b ^ this.count) / 2 ** 32;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** A whole number from `from` to `to`, both included. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  pick<T>(list: readonly T[]): T {
    const index = Math.floor(this.next() * list.length);
    if (!(index in list)) throw new RangeError('nothing to pick from');
    return list[index] as T;
  }

  /** The list in another order. */
  shuffled<T>(list: readonly T[]): T[] {
    return list
      .map((item) => ({ item, place: this.next() }))
      .sort((a, b) => a.place - b.place)
      .map(({ item }) => item);
  }

  /** A waiting time around this mean; most are shorter, a few much longer. */
  around(mean: number): number {
    return -Math.log(1 - this.next()) * mean;
  }
}

/** A number for a text, the same in every run. */
export function hashed(text: string): number {
  let hash = 7;
  for (let index = 0; index < text.length; index += 1) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) >>> 0;
  return mixed(hash, 0);
}

/** Spreads each bit over all others. Source: the finaliser of MurmurHash3. */
function mixed(value: number, salt: number): number {
  let h = (value ^ Math.imul(salt, 0xcc9e2d51)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
