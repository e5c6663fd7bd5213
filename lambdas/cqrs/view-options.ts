import { dynamodb } from '../stores/index.js';
import { GenerationKeys } from './generation-keys.js';
import { liveGeneration } from './live-generation.js';
import { readerSettings, type ReaderOptions, type ReaderSettings } from './reader-options.js';
import type { IndexedTable } from './view-table.js';

/** What the reader of a view in DynamoDB takes from outside; each has a default. */
export interface ViewOptions extends ReaderOptions {
  /** The view's table. Default: the store's. */
  readonly table?: IndexedTable;
}

/** The reader of a view in DynamoDB, made up. */
export interface ViewAccess extends ReaderSettings {
  readonly table: IndexedTable;
  /** The keys of the generation that readers see now. Asked anew for each request: a read that waits may outlive a swap. */
  readonly keys: () => Promise<GenerationKeys>;
}

/** Finds the view at its first use, so that importing a handler does nothing. */
export function viewAccess(options: ViewOptions): () => ViewAccess {
  let made: ViewAccess | undefined;
  return () => (made ??= accessOf(options));
}

function accessOf(options: ViewOptions): ViewAccess {
  const settings = readerSettings(options);
  const table = options.table ?? dynamodb(settings.store, { environment: settings.environment });
  const live = liveGeneration(table, settings.now);
  return { ...settings, table, keys: async () => new GenerationKeys(table, await live()) };
}
