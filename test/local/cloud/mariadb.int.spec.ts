import * as fs from 'node:fs';
import * as os from 'node:os';
import { join, resolve } from 'node:path';
import { ExecuteStatementCommand, RDSDataClient } from '@aws-sdk/client-rds-data';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  attachLocalCloud,
  logFiles,
  startLocalCloud,
  type LocalCloud,
  type StartedCloud,
} from '../../../local/index.js';
import { clientOptions } from '../../../local/deploy/clients.js';
import { notedGuard } from '../../../local/processes/guarded.js';
import { dataHome } from '../../../local/processes/user.js';
import { cloud as sharedCloud } from '../../support/cloud.js';
import { FIRST_USE } from '../mariadb/support.js';

let directory: string;
let cloud: StartedCloud;
const failures: string[] = [];

const start = (databases: readonly string[]) =>
  startLocalCloud({
    stateDirectory: join(directory, 'cloud'),
    cacheDirectory: resolve('.local'),
    databases,
    persist: true,
    onFailure: (reason) => failures.push(reason),
  });

beforeAll(async () => {
  directory = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-engines-'));
  fs.chmodSync(directory, 0o755);
  cloud = await start(['catalog', 'mariadb:legacy_shop']);
}, FIRST_USE);

afterAll(async () => {
  await cloud.stop();
  fs.rmSync(directory, { recursive: true, force: true });
});

/** Asks the Data API, as the owner of one database, something of another's cluster or of its own. */
async function ask(running: LocalCloud, name: string, sql: string, owner = name) {
  const [target, user] = [running.databases[name], running.databases[owner]];
  const client = new RDSDataClient({ ...clientOptions(running), endpoint: running.dataApiEndpoint });
  try {
    const { records } = await client.send(
      new ExecuteStatementCommand({
        resourceArn: target?.clusterArn,
        secretArn: user?.secretArn,
        database: target?.database,
        sql,
      }),
    );
    return records?.map(([field]) => field?.stringValue ?? field?.longValue);
  } finally {
    client.destroy();
  }
}

it('a cloud says where each of its parts logs', () => {
  for (const file of logFiles(cloud.stateDirectory)) expect(fs.existsSync(file), file).toBe(true);
});

it('a cloud has databases of both engines, each answered by its own', async () => {
  expect(cloud.databases).toMatchObject({ catalog: { engine: 'postgres' }, legacy_shop: { engine: 'mariadb' } });
  expect(await ask(cloud, 'catalog', 'select version()')).toEqual([expect.stringContaining('PostgreSQL')]);
  expect(await ask(cloud, 'legacy_shop', 'select version()')).toEqual([expect.stringContaining('MariaDB')]);
  expect(JSON.parse(cloud.environment.DBPATTERNS_LOCAL_DATABASES ?? '')).toHaveProperty('legacy_shop.clusterArn');
});

it('a database of MariaDB belongs to its user alone, and keeps what it holds over a stop', async () => {
  await ask(cloud, 'legacy_shop', 'create table note (said text)');
  await ask(cloud, 'legacy_shop', `insert into note values ('kept')`);
  // a user whose name would match were _ a pattern
  const attached = await attachLocalCloud(join(directory, 'cloud'));
  await attached.createDatabase('mariadb:legacyxshop');
  const stranger = ask(attached, 'legacy_shop', 'select said from note', 'legacyxshop');
  await expect(stranger).rejects.toMatchObject({ message: expect.stringContaining('Access denied') as string });

  const { url } = cloud.databases.legacy_shop ?? {};
  await cloud.stop();
  cloud = await start([]);
  expect(cloud.databases.legacy_shop?.url).toBe(url);
  expect(await ask(cloud, 'legacy_shop', 'select said from note')).toEqual(['kept']);
  expect(cloud.databases).toHaveProperty('legacyxshop.engine', 'mariadb');
});

it('a name belongs to one engine, and says so', async () => {
  await expect(cloud.createDatabase('mariadb:catalog')).rejects.toMatchObject({ code: 'INVALID_NAME' });
  await expect(cloud.createDatabase('mariadb:mysql')).rejects.toMatchObject({ code: 'INVALID_NAME' });
  await expect(cloud.createDatabase('oracle:shop')).rejects.toMatchObject({ code: 'INVALID_NAME' });
});

it('a cloud that runs without MariaDB cannot be given one by another process', async () => {
  const attached = await sharedCloud();
  await expect(attached.createDatabase('mariadb:late')).rejects.toMatchObject({
    code: 'NOT_RUNNING',
    message: expect.stringContaining('dbpatterns local down') as string,
  });
});

it('a cloud that loses its MariaDB is none, and ends', async () => {
  const guard = notedGuard(join(dataHome(join(directory, 'cloud', 'mariadb')), 'exit'));
  if (!guard) throw new Error('no MariaDB runs');
  process.kill(-guard.pid, 'SIGKILL');
  await expect.poll(() => failures, { timeout: 20_000 }).toEqual(['MariaDB ended by itself (killed)']);
  await expect(attachLocalCloud(join(directory, 'cloud'))).rejects.toMatchObject({ code: 'NOT_RUNNING' });
});
