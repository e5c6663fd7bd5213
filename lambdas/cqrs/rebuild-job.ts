import type { RebuildRequest, RebuildStatus, Todo, Part } from './rebuild.js';
import type { Clock } from '../stores/index.js';
import type { Waiting } from './backoff.js';
import type { HistoryReader, HistorySegments } from './history-reader.js';
import type { Log } from './log.js';
import type { ViewStore } from './view-store.js';

/** What a rebuild works with. */
export interface RebuildParts {
  readonly name: string;
  readonly kind: string;
  readonly streamName: string;
  /** The version of its logic that the deployed function declares. */
  readonly declared: string;
  /** In seconds. */
  readonly functionTimeout: number;
  readonly store: ViewStore;
  readonly history: HistoryReader;
  readonly segments: HistorySegments;
  readonly log: Log;
  readonly now: Clock;
  readonly waiting: Waiting;
}

/** Does the steps of a rebuild. */
export class Rebuilder {
  constructor(private readonly parts: RebuildParts) {}

  async answer(request: RebuildRequest): Promise<Todo | Part | RebuildStatus> {
    await Promise.resolve();
    throw new TypeError(`${this.parts.name} has no step ${request.step}`);
  }
}
