import type { ContributionOperation, Contributions } from './contributions.js';
import { contributionsAfter, movements, type Contribution } from './contributions.js';
import type { Envelope } from './envelope.js';
import { faultOf, PoisonError } from './poison.js';
import type { Progress, StreamCommits } from './view-writer.js';

/** A DynamoDB transaction holds 100 items; one of them is the stream's contribution. */
export const TRANSACTION_ITEMS = 100;

/** What the view holds of one stream. */
export interface StreamState {
  readonly version: number;
  readonly contributions: Contributions;
  /** The versions that were passed over. */
  readonly passed: readonly number[];
}

/** Some commits of one stream, folded: from which state to which, and by how much totals move. */
export interface Step {
  readonly run: StreamRun;
  readonly before: StreamState;
  readonly after: StreamState;
  readonly moves: ReadonlyMap<string, Contribution>;
  readonly commits: number;
}

const EMPTY: StreamState = { version: 0, contributions: new Map(), passed: [] };

/** One stream's way through a batch. */
export class StreamRun {
  readonly stream: string;
  /** Written in a transaction of its own, so that what the store refuses is known to be its own fault. */
  alone = false;
  /** One commit at a time, for the same reason. */
  single = false;
  private state: StreamState | undefined;
  private end: Progress | undefined;

  /** A stream that begins with version 1 is taken to be new, and nothing is read for it. */
  constructor(
    private readonly work: StreamCommits,
    private readonly operationsOf: (commit: Envelope) => Promise<readonly ContributionOperation[]>,
  ) {
    this.stream = work.stream;
    this.assumed = work.commits[0]?.version === 1;
    if (this.assumed) this.state = EMPTY;
  }

  private assumed: boolean;

  /** How it ended, once it has. */
  get progress(): Progress | undefined {
    return this.end;
  }

  /** Whether the stored state has to be read before it can go on. */
  get mustRead(): boolean {
    return this.end === undefined && this.state === undefined;
  }

  /** Takes the state as it was read or written. */
  reached(state: StreamState | undefined): void {
    this.state = state ?? EMPTY;
    this.assumed = false;
  }

  /** Forgets the state: someone else has written it. */
  stale(): void {
    this.state = undefined;
  }

  failed(error: unknown): void {
    this.end = { state: 'failed', applied: this.state?.version ?? 0, error };
  }

  /** What was taken to be new may be in the view already, and a duplicate is no poison: it is looked at first. */
  poisoned(error: Error): void {
    if (this.assumed) this.stale();
    else this.end = { state: 'poison', applied: this.state?.version ?? 0, error };
  }

  /** The next commits that fit into one transaction, or undefined where it has ended or has to read first. */
  async next(): Promise<Step | undefined> {
    const before = this.state;
    if (this.end !== undefined || before === undefined) return undefined;
    const rest = this.work.commits.filter((commit) => commit.version > before.version);
    const first = rest[0];
    if (first === undefined) {
      this.end = { state: 'current', applied: before.version };
      return undefined;
    }
    if (first.version !== before.version + 1) {
      this.end = { state: 'gap', applied: before.version };
      return undefined;
    }
    return this.folded(before, rest);
  }

  private async folded(before: StreamState, rest: readonly Envelope[]): Promise<Step | undefined> {
    let step: Step | undefined;
    for (const commit of rest) {
      const state = step?.after ?? before;
      if (commit.version !== state.version + 1 || (this.single && step !== undefined)) break;
      try {
        const after = await this.after(state, commit);
        const moves = movements(before.contributions, after.contributions);
        if (moves.size >= TRANSACTION_ITEMS) {
          if (step !== undefined) break;
          throw new PoisonError(
            'too-many-totals',
            `version ${commit.version} moves ${moves.size} totals, at most ${TRANSACTION_ITEMS - 1} are possible: ` +
              'split the commit, or keep coarser totals',
          );
        }
        step = { run: this, before, after, moves, commits: (step?.commits ?? 0) + 1 };
      } catch (error) {
        if (step !== undefined) break; // what came before it is good
        this.poisoned(faultOf(error));
        return undefined;
      }
    }
    return step;
  }

  private async after(state: StreamState, commit: Envelope): Promise<StreamState> {
    const { version } = commit;
    if (this.work.pass === version) return { ...state, version, passed: [...state.passed, version] };
    const operations = await this.operationsOf(commit);
    return { ...state, version, contributions: contributionsAfter(state.contributions, operations) };
  }
}
