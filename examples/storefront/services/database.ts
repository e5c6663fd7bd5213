import { fileURLToPath } from 'node:url';
import { type IPostgresStore, PostgresStore } from 'cdk-database-patterns';
import type { Construct } from 'constructs';

/** A database that exists already: on a laptop the local cloud's, elsewhere your own. */
export interface ExistingDatabase {
  readonly clusterArn: string;
  readonly secretArn: string;
  /** Default: the name of the service. */
  readonly databaseName?: string;
}

/** Databases that exist already, by name; the others are created. */
export type Databases = Readonly<Record<string, ExistingDatabase>>;

/** Which database a service has. */
export interface DatabaseProps {
  /** Its name, which is also the folder of the service. */
  readonly name: string;
  readonly databases: Databases;
  readonly development: boolean;
}

/** The databases of the local cloud, as it tells the app; none in an account. */
export function localDatabases(environment: NodeJS.ProcessEnv = process.env): Databases {
  return JSON.parse(environment.DBPATTERNS_LOCAL_DATABASES ?? '{}') as Databases;
}

/** The PostgreSQL database of a service, with the migrations in the service's folder. */
export function database(scope: Construct, id: string, props: DatabaseProps): IPostgresStore {
  const { name, development } = props;
  const migrations = fileURLToPath(new URL(`./${name}/sql`, import.meta.url));
  const existing = props.databases[name];
  return existing
    ? PostgresStore.fromDataApi(scope, id, { databaseName: name, ...existing, migrations })
    : new PostgresStore(scope, id, { databaseName: name, migrations, development });
}
