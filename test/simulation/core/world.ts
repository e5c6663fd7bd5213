import { Faults, ratesOf, type Rates } from './faults.js';
import { Random } from './random.js';
import { Story } from './story.js';
import { Timeline } from './timeline.js';

/** How a run is to be. */
export interface WorldOptions {
  readonly seed: number;
  /** Only these faults happen. Default: what the seed says. */
  readonly faults?: readonly string[];
  /** How likely each fault is. Default: what the seed says. */
  readonly rates?: Rates;
}

/** When runs begin. */
export const BEGINNING = Date.UTC(2026, 0, 5, 8, 0, 0);

/** What all parts of a run share: time, chance, what goes wrong, and the story of it. */
export class World {
  readonly timeline = new Timeline();
  readonly story = new Story(this.timeline);
  readonly random: Random;
  readonly faults: Faults;
  private ids = 0;

  constructor(readonly options: WorldOptions) {
    this.random = Random.of(options.seed);
    const { rates = ratesOf(this.random.split('rates')), faults } = options;
    this.faults = new Faults(this.random.split('faults'), rates, faults);
  }

  /** The true time. Containers have their own, which drift. */
  get date(): Date {
    return new Date(BEGINNING + Math.floor(this.timeline.now));
  }

  /** A name that nothing else has. */
  id(kind: string): string {
    return `${kind}-${(this.ids += 1)}`;
  }
}
