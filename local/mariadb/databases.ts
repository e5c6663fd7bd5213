import { randomBytes } from 'node:crypto';
import mysql, { type Connection } from 'mysql2/promise';
import { checkDatabaseName } from '../database-name.js';
import type { DatabaseRecord } from '../postgres/databases.js';

/** Serialises the making of databases. */
const LOCK = 'local_cloud';
const RESERVED = new Set(['mysql', 'sys', 'information_schema', 'performance_schema', 'local_cloud', 'root']);

/** Makes the table in which MariaDB remembers its databases. */
export async function prepareRegistry(connection: Connection): Promise<void> {
  await connection.query('create database if not exists local_cloud');
  await connection.query(
    `create table if not exists local_cloud.\`databases\` (name varchar(40) primary key, owner varchar(40) not null,
       cluster_arn varchar(570) not null, secret_arn varchar(570) not null)`,
  );
}

/** The databases made so far. */
export async function listDatabases(connection: Connection): Promise<DatabaseRecord[]> {
  const [rows] = await connection.query<(DatabaseRecord & mysql.RowDataPacket)[]>(
    'select name, owner, cluster_arn as clusterArn, secret_arn as secretArn from local_cloud.`databases` order by name',
  );
  return rows;
}

/**
 * Makes a database with a user of its own, or answers the one that exists.
 *
 * @param keepSecret stores the user's credentials and answers the secret's ARN
 * @throws LocalCloudError `INVALID_NAME`
 */
export async function ensureDatabase(
  connection: Connection,
  name: string,
  clusterArn: string,
  keepSecret: (credentials: { username: string; password: string }) => Promise<string>,
): Promise<DatabaseRecord> {
  checkDatabaseName(name, RESERVED);
  await connection.query('select get_lock(?, 60)', [LOCK]);
  try {
    const existing = (await listDatabases(connection)).find((database) => database.name === name);
    if (existing) return existing;
    const password = randomBytes(24).toString('base64url');
    const identifier = mysql.escapeId(name);
    await connection.query(`create or replace user ${identifier} identified by ${mysql.escape(password)}`);
    await connection.query(`create or replace database ${identifier}`);
    // in a grant, _ stands for any character
    await connection.query(`grant all privileges on ${identifier.replaceAll('_', '\\_')}.* to ${identifier}`);
    const secretArn = await keepSecret({ username: name, password });
    await connection.query('insert into local_cloud.`databases` values (?, ?, ?, ?)', [
      name,
      name,
      clusterArn,
      secretArn,
    ]);
    return { name, owner: name, clusterArn, secretArn };
  } finally {
    await connection.query('select release_lock(?)', [LOCK]);
  }
}
