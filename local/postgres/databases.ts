import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { checkDatabaseName } from '../database-name.js';
import type { PostgresServer } from './server.js';

/** A database of the local cloud as the server knows it: the record that the Data API looks up. */
export interface DatabaseRecord {
  readonly name: string;
  /** Role that owns the database and stands for the cluster's master user. */
  readonly owner: string;
  readonly clusterArn: string;
  readonly secretArn: string;
}

/** Where to connect as superuser. */
export type Superuser = Pick<PostgresServer, 'port' | 'password'>;

/** Any number: serialises the making of databases. */
const LOCK = 7_261_003;
const RESERVED = new Set(['postgres', 'template0', 'template1', 'local_cloud']);

/** Opens a superuser connection for one action. */
export async function asSuperuser<T>(
  server: Superuser,
  database: string,
  action: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: server.port,
    user: 'postgres',
    password: server.password,
    database,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await action(client);
  } finally {
    await client.end();
  }
}

/** Makes the tables in which the local cloud remembers its databases and to which emulator state they belong. */
export async function prepareRegistry(client: pg.ClientBase): Promise<void> {
  await client.query(`
    create schema if not exists local_cloud;
    create table if not exists local_cloud.databases (
      name text primary key, owner text not null, cluster_arn text not null unique, secret_arn text not null);
    create table if not exists local_cloud.identity (id text primary key)`);
}

/** The databases made so far. */
export async function listDatabases(client: pg.ClientBase): Promise<DatabaseRecord[]> {
  const { rows } = await client.query<DatabaseRecord>(
    'select name, owner, cluster_arn as "clusterArn", secret_arn as "secretArn" from local_cloud.databases order by name',
  );
  return rows;
}

/**
 * Makes a database with an owner role of its own, or answers the one that exists.
 *
 * @param keepSecret stores the owner's credentials and answers the secret's ARN
 * @throws LocalCloudError `INVALID_NAME`
 */
export async function ensureDatabase(
  client: pg.ClientBase,
  name: string,
  clusterArn: string,
  keepSecret: (credentials: { username: string; password: string }) => Promise<string>,
): Promise<DatabaseRecord> {
  checkDatabaseName(name, RESERVED);
  await client.query('select pg_advisory_lock($1)', [LOCK]);
  try {
    const existing = (await listDatabases(client)).find((database) => database.name === name);
    if (existing) return existing;
    const password = randomBytes(24).toString('base64url');
    const identifier = pg.escapeIdentifier(name);
    const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [name]);
    const verb = rowCount ? 'alter' : 'create';
    await client.query(`${verb} role ${identifier} login createrole createdb password ${pg.escapeLiteral(password)}`);
    await client.query(`drop database if exists ${identifier}`);
    await client.query(`create database ${identifier} owner ${identifier}`);
    const secretArn = await keepSecret({ username: name, password });
    await client.query('insert into local_cloud.databases values ($1, $1, $2, $3)', [name, clusterArn, secretArn]);
    return { name, owner: name, clusterArn, secretArn };
  } finally {
    await client.query('select pg_advisory_unlock($1)', [LOCK]);
  }
}
