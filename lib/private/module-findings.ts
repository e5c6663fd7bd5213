import { Token } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import { nameFindings } from './findings';
import type { ModuleSettings } from './migrations';
import { ownerOf } from './ownership';

/** `<schema>_dbpatterns_view` has to fit PostgreSQL's 63 bytes of a name. */
const SCHEMA_NAME = {
  pattern: /^(?!pg_|dbpatterns)[a-z][a-z0-9_]{0,46}$/,
  allowed:
    'a lower-case letter, then at most 46 lower-case letters, digits and underscores; neither pg_… nor dbpatterns…',
};
const TABLE = {
  pattern: /^[a-z_][a-z0-9_]{0,62}\.[a-z_][a-z0-9_]{0,62}$/,
  allowed: 'the schema and the name of a table, as in inventory.sku',
};
/** `<database>_<schema>_commands` has to fit them too. */
const LONGEST_PAIR = 53;

/** All that is wrong with a part of a database. */
export function moduleFindings(
  store: IConstruct,
  database: { readonly databaseName: string; readonly schemas: ReadonlyMap<string, string> },
  { schema, tables }: ModuleSettings,
): string[] {
  const taken = database.schemas.get(schema);
  const length = database.databaseName.length + 1 + schema.length;
  return [
    ...nameFindings('schemaName', schema, SCHEMA_NAME),
    ...(schema === 'public'
      ? ['schemaName is "public", where everybody may look; give the service a schema of its own']
      : []),
    ...tables.flatMap(({ table, use }) => nameFindings(`a table in ${use}`, table, TABLE)),
    ...(taken === undefined
      ? []
      : [`the schema "${schema}" is that of ${taken} already; give each its own: schemaName: '…'`]),
    ...(!Token.isUnresolved(database.databaseName) && length > LONGEST_PAIR
      ? [
          `the database "${database.databaseName}" and the schema "${schema}" have ${length} characters together; allowed: ` +
            `${LONGEST_PAIR}, since the names of users begin with both: give the schema a shorter name`,
        ]
      : []),
    ...(ownerOf(store) === undefined
      ? [
          `${store.node.path} has no service above it, and a part of a database belongs to one; pass the service as its ` +
            'scope',
        ]
      : []),
  ];
}
