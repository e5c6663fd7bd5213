import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { listOf, oneOf, optional, readVariable, text } from './environment.js';
import { readMigrations } from './migrations/files.js';
import { ACCESSES, type Login } from './migrations/logins.js';
import { migrate } from './migrations/migrate.js';
import { USES } from './migrations/module.js';
import { postgresAt } from './postgres.js';

/** A custom resource's event, or nothing at all from whoever invokes the function directly. */
interface MigrateEvent {
  readonly RequestType?: 'Create' | 'Update' | 'Delete';
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties?: {
    readonly Users?: readonly { readonly name: string; readonly access: Login['access']; readonly secretArn: string }[];
  };
}

interface MigrateAnswer {
  readonly PhysicalResourceId: string;
  readonly Data: { readonly applied: string };
}

const user = { name: text, access: oneOf(...ACCESSES), secretArn: text };
const {
  users = [],
  schema,
  tables = [],
  ...address
} = readVariable('DBPATTERNS_MIGRATIONS', {
  clusterArn: text,
  secretArn: text,
  database: text,
  schema: optional(text),
  users: optional(listOf(user)),
  tables: optional(listOf({ table: text, use: oneOf(...USES) })),
});
const db = postgresAt(address, { resumeTimeout: 120_000 });
const secrets = new SecretsManagerClient();

/** Applies what lies in `kit/` and `app/` beside this file. Deleting the resource leaves the database as it is. */
export async function handler(event: MigrateEvent): Promise<MigrateAnswer> {
  const PhysicalResourceId = event.PhysicalResourceId ?? `migrations-of-${address.database}`;
  if (event.RequestType === 'Delete') return { PhysicalResourceId, Data: { applied: '' } };
  const applied = await migrate({
    db,
    migrations: readMigrations(import.meta.dirname),
    module: schema === undefined ? undefined : { schema, tables },
    logins: event.ResourceProperties?.Users ?? users,
    readSecret: async (arn) => (await secrets.send(new GetSecretValueCommand({ SecretId: arn }))).SecretString,
  });
  console.info(JSON.stringify({ level: 'info', message: 'migrated', database: address.database, applied }));
  return { PhysicalResourceId, Data: { applied: applied.join(', ') } };
}
