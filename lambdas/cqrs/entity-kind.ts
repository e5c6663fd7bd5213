import { dynamodb } from '../stores/index.js';
import { DynamoDbViewStore } from './dynamodb-view-store.js';
import type { EntityOperation } from './entity-operations.js';
import { EntityWriter } from './entity-writer.js';
import type { Envelope } from './envelope.js';
import type { ViewKind } from './projection-handler.js';
import type { IndexedTable } from './view-table.js';

/** How an entity view is kept: one item per entity, in the table or else in the store that the environment names. */
export function entityKind(
  operations: (commit: Envelope) => Promise<readonly EntityOperation[]>,
  given?: IndexedTable,
): ViewKind {
  return {
    kind: 'entity',
    sql: false,
    store: ({ settings, environment, now, waiting }) => {
      const table = given ?? dynamodb(settings.store, { environment });
      return new DynamoDbViewStore({
        table,
        now,
        waiting,
        writerOf: (generation) => new EntityWriter(table, operations, generation),
        checkOf: async (writer, generation) => {
          const { EntityCheck } = await import('./entity-check.js');
          return new EntityCheck(table, writer, generation, waiting);
        },
      });
    },
  };
}
