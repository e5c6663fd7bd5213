import { marshall } from '@aws-sdk/util-dynamodb';
import { hashed } from '../core/random.js';
import type { World } from '../core/world.js';
import type { Change, Table } from './dynamodb/table.js';
import type { LambdaFunction } from './lambda.js';

/** How a table's stream feeds a function. */
export interface TableStreamOptions {
  readonly table: Table;
  readonly function: LambdaFunction;
  readonly batchSize?: number;
  readonly shards?: number;
}

/** How long a change is kept, in milliseconds. */
const KEPT = 24 * 3_600_000;

/**
 * The event source mapping of a table's stream: each shard by itself, in order, a batch again and again until the
 * function takes it whole, or until its changes are older than a day.
 */
export class TableStream {
  /** Changes that were given up: nobody took them for a day. */
  readonly given: Change[] = [];
  private batches = 0;
  private isOn = true;
  private readonly shards: { readonly changes: { change: Change; at: number }[]; busy: boolean }[];

  constructor(
    private readonly world: World,
    private readonly options: TableStreamOptions,
  ) {
    this.shards = Array.from({ length: options.shards ?? 2 }, () => ({ changes: [], busy: false }));
    options.table.onChange = (change) => {
      const { partitionKey } = options.table.options;
      const key = String((change.after ?? change.before)?.[partitionKey]);
      const shard = hashed(key) % this.shards.length;
      this.shards[shard]!.changes.push({ change, at: world.timeline.now });
      world.timeline.after(50 + world.random.split(`stream ${change.sequence}`).around(150), () => this.feed(shard, 0));
    };
  }

  /** Switches the mapping off: changes pile up. */
  stop(): void {
    this.isOn = false;
  }

  /** Switches it on again: it goes on where it was, as far as the stream still has that. */
  start(): void {
    this.isOn = true;
    for (const index of this.shards.keys()) this.feed(index, 0);
  }

  private feed(index: number, failures: number): void {
    const shard = this.shards[index]!;
    const { timeline, faults, story } = this.world;
    if (shard.busy || !this.isOn) return;
    while (shard.changes[0] !== undefined && timeline.now - shard.changes[0].at > KEPT) {
      this.given.push(shard.changes.shift()!.change);
    }
    const batch = shard.changes.slice(0, this.options.batchSize ?? 100);
    if (batch.length === 0) return;
    shard.busy = true;
    const { function: target, table } = this.options;
    const label = `${target.name} batch ${(this.batches += 1)}`;
    story.tell(target.name, `batch ${this.batches} of shard ${index}: ${batch.length} changes`);
    const event = { Records: batch.map(({ change, at }) => recordOf(table, change, at)) };
    target.invoke(event, label, (how) => {
      shard.busy = false;
      if ('error' in how)
        return void timeline.after(Math.min(60_000, 1_000 * 2 ** failures), () => this.feed(index, failures + 1));
      // At least once: now and then a batch that was taken comes again.
      if (faults.at(`${label} end`, ['undead']) === undefined) shard.changes.splice(0, batch.length);
      timeline.after(5, () => this.feed(index, 0));
    });
  }
}

function recordOf(table: Table, { sequence, before, after }: Change, at: number): Record<string, unknown> {
  const { partitionKey, sortKey } = table.options;
  const item = after ?? before ?? {};
  const keys = Object.fromEntries([partitionKey, sortKey ?? partitionKey].map((name) => [name, item[name]]));
  return {
    eventID: String(sequence),
    eventName: after === undefined ? 'REMOVE' : before === undefined ? 'INSERT' : 'MODIFY',
    eventSource: 'aws:dynamodb',
    eventSourceARN: `arn:aws:dynamodb:eu-west-1:000000000000:table/${table.name}/stream/1`,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(at / 1000),
      Keys: marshall(keys),
      ...(after === undefined ? {} : { NewImage: marshall(after) }),
      SequenceNumber: String(sequence).padStart(21, '0'),
      StreamViewType: 'NEW_IMAGE',
    },
  };
}
