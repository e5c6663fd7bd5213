import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { TRANSACTION_ITEMS, type StreamState } from './aggregate-run.js';
import type { AggregateWriter } from './aggregate-writer.js';
import { checksum, weight } from './checksum.js';
import {
  contributionsAfter,
  movements,
  totalId,
  type Contribution,
  type ContributionOperation,
  type Contributions,
  type TotalKey,
} from './contributions.js';
import type { Envelope } from './envelope.js';
import { GenerationKeys, prefixOf } from './generation-keys.js';
import { PoisonError } from './poison.js';
import type { Held, StreamsPage, StreamsPlace, ViewCheck } from './view-store.js';
import { scannedStreams } from './view-streams.js';
import { CONTRIBUTIONS, isControlKey, TOTAL, type IndexedTable } from './view-table.js';

/** Compares an aggregate view with history: what each stream has contributed. */
export class AggregateCheck implements ViewCheck {
  private readonly keys: GenerationKeys;

  constructor(
    private readonly table: IndexedTable,
    private readonly writer: AggregateWriter,
    private readonly operationsOf: (commit: Envelope) => Promise<readonly ContributionOperation[]>,
    generation: number,
  ) {
    this.keys = new GenerationKeys(table, generation);
  }

  async streams(place: StreamsPlace): Promise<StreamsPage> {
    return scannedStreams(this.table, this.keys.generation, place, contributingStream);
  }

  async held(streams: readonly string[]): Promise<Held[]> {
    const states = await this.writer.states(streams);
    return states.map((state) => heldOf(state));
  }

  async folded(_stream: string, commits: readonly Envelope[], passed: readonly number[]): Promise<Held> {
    let contributions = NOTHING;
    for (const commit of commits.filter(({ version }) => !passed.includes(version))) {
      try {
        const after = contributionsAfter(contributions, await this.operationsOf(commit));
        if (movements(contributions, after).size < TRANSACTION_ITEMS) contributions = after;
      } catch (error) {
        if (!(error instanceof PoisonError)) throw error;
      }
    }
    return heldOf({ version: commits.at(-1)?.version ?? 0, contributions, passed });
  }

  /**
   * One page of a scan. Each measure of each total has a weight of its own; what is contributed counts by it and what
   * the totals hold counts against it, so that a single number is left however large the view is: zero where all totals
   * are the sums of what was contributed.
   */
  async totals(cursor: string | undefined): Promise<{ cursor?: string; equal?: boolean }> {
    const { client, table, partitionKey } = this.table;
    const { start, sum } = cursor === undefined ? BEGINNING : (JSON.parse(cursor) as Place);
    const answer = await client.send(
      new ScanCommand({
        TableName: table,
        ConsistentRead: true,
        ExclusiveStartKey: start,
        FilterExpression: 'begins_with(#key, :prefix)',
        ExpressionAttributeNames: { '#key': partitionKey },
        ExpressionAttributeValues: { ':prefix': prefixOf(this.keys.generation) },
      }),
    );
    const left = (answer.Items ?? []).reduce((before, item) => before + this.weightOf(item), BigInt(sum));
    const next = answer.LastEvaluatedKey;
    if (next === undefined) return { equal: left === 0n };
    return { cursor: JSON.stringify({ start: next, sum: left.toString() } satisfies Place) };
  }

  private weightOf(stored: Readonly<Record<string, unknown>>): bigint {
    const { partitionKey, sortKey } = this.table;
    const item = this.keys.decodeItem(stored);
    if (isControlKey(item[partitionKey])) {
      const contributed = (item[CONTRIBUTIONS] ?? []) as readonly Contribution[];
      return contributed.reduce((sum, { key, measures }) => sum + weighed(key, measures), 0n);
    }
    const names = [partitionKey, ...(sortKey === undefined ? [] : [sortKey])];
    const key = Object.fromEntries(names.map((name) => [name, item[name]])) as TotalKey;
    const measures = Object.entries(item).filter(([name]) => name !== TOTAL && !names.includes(name));
    return -weighed(key, Object.fromEntries(measures));
  }
}

/** Where a comparison of totals goes on, and what is left over so far. */
interface Place {
  readonly start?: Record<string, unknown>;
  readonly sum: string;
}

const BEGINNING: Place = { sum: '0' };

function weighed(key: TotalKey, measures: Readonly<Record<string, unknown>>): bigint {
  const id = totalId(key);
  const values = Object.entries(measures).map(([name, value]) => BigInt(Number(value)) * weight(`${id} ${name}`));
  return values.reduce((sum, value) => sum + value, 0n);
}

const CONTRIBUTING = '_contribution#';

const contributingStream = (key: string): string | undefined =>
  key.startsWith(CONTRIBUTING) ? key.slice(CONTRIBUTING.length) : undefined;

const NOTHING: Contributions = new Map();

function heldOf(state: StreamState | undefined): Held {
  const { version, contributions, passed } = state ?? { version: 0, contributions: NOTHING, passed: [] };
  const sorted = [...contributions].sort(([a], [b]) => (a < b ? -1 : 1));
  return { version, checksum: checksum(sorted.map(([id, { measures }]) => [id, measures])), passed };
}
