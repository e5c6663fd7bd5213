import type { Clock } from '../stores/index.js';
import type { Waiting } from './backoff.js';
import { DynamoDbGenerations } from './dynamodb-generations.js';
import { LazyParking } from './lazy-parking.js';
import type { Generations, Parking, ViewCheck, ViewStore } from './view-store.js';
import type { IndexedTable } from './view-table.js';
import type { ViewWriter } from './view-writer.js';

/** A writer of one kind of view in DynamoDB. */
export interface DynamoDbWriter extends ViewWriter {
  /** The key of the item that holds the view's version of a stream. */
  versionKey(stream: string): Record<string, string>;
}

/** What a view in DynamoDB is made of. */
export interface DynamoDbView<W extends DynamoDbWriter> {
  readonly table: IndexedTable;
  readonly now: Clock;
  readonly waiting: Waiting;
  readonly writerOf: (generation: number) => W;
  readonly checkOf: (writer: W, generation: number) => Promise<ViewCheck>;
}

/** A view in a DynamoDB table: all of its generations, and what is parked in each. */
export class DynamoDbViewStore<W extends DynamoDbWriter> implements ViewStore {
  readonly generations: Generations;

  constructor(private readonly view: DynamoDbView<W>) {
    this.generations = new DynamoDbGenerations(view.table, view.waiting);
  }

  writer(generation: number): ViewWriter {
    return this.view.writerOf(generation);
  }

  parking(generation: number): Parking {
    const { table, now, waiting, writerOf } = this.view;
    const writer = writerOf(generation);
    return new LazyParking(async () => {
      const { DynamoDbParking } = await import('./parking.js');
      const versionKey = (stream: string): Record<string, string> => writer.versionKey(stream);
      return new DynamoDbParking({ table, generation, now, waiting, versionKey });
    });
  }

  async check(generation: number): Promise<ViewCheck> {
    return this.view.checkOf(this.view.writerOf(generation), generation);
  }
}
