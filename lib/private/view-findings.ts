import type { IDynamoDbStore } from '../stores';
import { nameFindings } from './findings';

/** A generation's table is `<table>__g<number>`, and PostgreSQL's names have 63 bytes. */
const TABLE_NAME = {
  pattern: /^[a-z_][a-z0-9_]{0,50}$/,
  allowed: 'a lower-case letter or an underscore, then at most 50 lower-case letters, digits and underscores',
};

/** All that is wrong with a table that has to have one item per stream. */
export function itemPerStreamFindings(what: string, store: IDynamoDbStore): string[] {
  return store.sortKey === undefined
    ? []
    : [
        `${what} ${store.node.path} has the sort key "${store.sortKey}"; allowed: a partition key only, because it has ` +
          'one item per stream: leave sortKey out and add an index for other orders',
      ];
}

/** All that is wrong with the table of an aggregate view in PostgreSQL. */
export function tableFindings(table: string): string[] {
  return nameFindings('the table of the aggregate view', table, TABLE_NAME);
}
