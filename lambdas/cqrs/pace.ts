import type { Clock } from '../stores/index.js';
import type { Waiting } from './backoff.js';
import type { StreamCommits } from './view-writer.js';

/** What is done at once at most, as a time in milliseconds: a rate is kept by small steps, not by bursts and pauses. */
const STEP = 100;
/** What is read at once at most, so. */
const PAGE = 1000;

/** Keeps work on commits to a rate. */
export class Pace {
  private readonly begun: number;
  private done = 0;

  /**
   * @param rate - in commits a second; undefined: as fast as that goes
   */
  constructor(
    private readonly rate: number | undefined,
    private readonly now: Clock,
    private readonly waiting: Waiting,
  ) {
    this.begun = now().getTime();
  }

  /** How many commits a page should have. */
  get page(): number | undefined {
    return this.rate === undefined ? undefined : Math.ceil((this.rate * PAGE) / 1000);
  }

  /** Milliseconds until the next may be worked on. */
  get due(): number {
    if (this.rate === undefined) return 0;
    return Math.max(0, Math.ceil(this.begun + (this.done * 1000) / this.rate - this.now().getTime()));
  }

  /** Notes commits that were worked on. */
  add(commits: number): void {
    this.done += commits;
  }

  async wait(): Promise<void> {
    const { due } = this;
    if (due > 0) await this.waiting.sleep(due);
  }

  /** The same in portions, each of a stream at least. */
  *portions(work: readonly StreamCommits[]): Generator<readonly StreamCommits[]> {
    const most = this.rate === undefined ? Infinity : (this.rate * STEP) / 1000;
    let portion: StreamCommits[] = [];
    let count = 0;
    for (const one of work) {
      if (portion.length > 0 && count + one.commits.length > most) {
        yield portion;
        portion = [];
        count = 0;
      }
      portion.push(one);
      count += one.commits.length;
    }
    if (portion.length > 0) yield portion;
  }
}
