import type { StreamState } from './aggregate-run.js';
import { TRANSACTION_ITEMS } from './aggregate-run.js';
import type { AggregateWriter } from './aggregate-writer.js';
import { checksum } from './checksum.js';
import { contributionsAfter, movements, type ContributionOperation, type Contributions } from './contributions.js';
import type { Envelope } from './envelope.js';
import { PoisonError } from './poison.js';
import type { Held, ViewCheck } from './view-store.js';

/** Compares an aggregate view with history: what each stream has contributed. */
export class AggregateCheck implements ViewCheck {
  constructor(
    private readonly writer: AggregateWriter,
    private readonly operationsOf: (commit: Envelope) => Promise<readonly ContributionOperation[]>,
  ) {}

  async held(streams: readonly string[]): Promise<Held[]> {
    const states = await this.writer.states(streams);
    return states.map((state) => heldOf(state));
  }

  async folded(_stream: string, commits: readonly Envelope[]): Promise<Held> {
    let contributions = NOTHING;
    for (const commit of commits) {
      try {
        const after = contributionsAfter(contributions, await this.operationsOf(commit));
        if (movements(contributions, after).size < TRANSACTION_ITEMS) contributions = after;
      } catch (error) {
        if (!(error instanceof PoisonError)) throw error;
      }
    }
    return heldOf({ version: commits.at(-1)?.version ?? 0, contributions });
  }
}

const NOTHING: Contributions = new Map();

function heldOf(state: StreamState | undefined): Held {
  const { version, contributions } = state ?? { version: 0, contributions: NOTHING };
  const sorted = [...contributions].sort(([a], [b]) => (a < b ? -1 : 1));
  return { version, checksum: checksum(sorted.map(([id, { measures }]) => [id, measures])) };
}
