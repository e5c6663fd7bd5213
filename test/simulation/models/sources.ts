import type { World } from '../core/world.js';
import type { LambdaFunction } from './lambda.js';
import type { Queue, QueuedMessage } from './sqs.js';

/** How a queue feeds a function. */
export interface QueueSourceOptions {
  readonly queue: Queue;
  readonly function: LambdaFunction;
  readonly batchSize?: number;
  readonly concurrency?: number;
  /** Whether the function says which messages failed. Default: false, all or none. */
  readonly partial?: boolean;
}

/** The event source mapping of a queue: what the function took is deleted, the rest comes back. */
export class QueueSource {
  private running = 0;
  private batches = 0;

  constructor(
    private readonly world: World,
    private readonly options: QueueSourceOptions,
  ) {
    options.queue.onVisible = (time) => {
      const { timeline } = this.world;
      this.lookIn(time - timeline.now);
    };
  }

  private lookIn(milliseconds: number): void {
    this.world.timeline.after(milliseconds + 5, () => this.look());
  }

  private look(): void {
    const { queue, function: target, batchSize = 10, concurrency = 5 } = this.options;
    if (this.running >= concurrency) return;
    const batch = queue.receive(batchSize);
    if (batch.length === 0) return;
    this.running += 1;
    const label = `${target.name} batch ${(this.batches += 1)}`;
    this.world.story.tell(target.name, `batch ${this.batches}: ${batch.map(shown).join(', ')}`);
    target.invoke({ Records: batch.map(recordOf) }, label, (how) => {
      this.running -= 1;
      const failed = 'error' in how ? new Set(batch.map(({ id }) => id)) : this.failedOf(how.value, batch);
      for (const message of batch) {
        if (failed.has(message.id)) continue;
        // At least once: now and then a message that was deleted is still there.
        if (this.world.faults.at(`${label} delete ${message.id}`, ['undead']) === undefined) {
          queue.delete(message.receipt);
        }
      }
      // Others may have become visible while all lanes were taken.
      this.lookIn(1);
    });
    this.lookIn(20);
  }

  private failedOf(value: unknown, batch: readonly QueuedMessage[]): Set<string> {
    if (this.options.partial !== true) return new Set();
    const failures = (value as { batchItemFailures?: { itemIdentifier: string }[] } | null)?.batchItemFailures ?? [];
    const ids = new Set(failures.map(({ itemIdentifier }) => itemIdentifier));
    const known = new Set(batch.map(({ id }) => id));
    // An id that Lambda does not know makes the whole batch fail.
    return [...ids].every((id) => known.has(id)) ? ids : known;
  }
}

function recordOf(message: QueuedMessage): Record<string, unknown> {
  const attributes = Object.entries(message.attributes).map(([name, { DataType, StringValue }]) => [
    name,
    { dataType: DataType, stringValue: StringValue },
  ]);
  return {
    messageId: message.id,
    receiptHandle: message.receipt,
    body: message.body,
    attributes: { ApproximateReceiveCount: String(message.receives), SentTimestamp: String(message.sent) },
    messageAttributes: Object.fromEntries(attributes) as unknown,
    eventSource: 'aws:sqs',
  };
}

function shown({ id, body, receives }: QueuedMessage): string {
  const address = /"id":"([^"]+@\d+)"/.exec(body)?.[1];
  return `${address ?? id}${receives > 1 ? ` (${receives}th time)` : ''}`;
}
