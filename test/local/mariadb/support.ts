import * as fs from 'node:fs';
import * as os from 'node:os';
import { join, resolve } from 'node:path';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { MariaDbEngine } from '../../../local/data-api/mariadb/engine.js';
import { listenDataApi } from '../../../local/data-api/server.js';
import type { DataApiBackend } from '../../../local/data-api/service.js';
import { asRoot, startMariaDb, type MariaDbServer } from '../../../local/mariadb/server.js';
import { onFreePort } from '../../../local/processes/ports.js';

/** Milliseconds in which MariaDB is fetched where it is not there yet. */
export const FIRST_USE = 400_000;

export const clusterArn = 'arn:aws:rds:us-east-1:000000000000:cluster:shop';
export const secretArn = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:shop';

/** A MariaDB with the database `shop` and its user of the same name and password. */
export async function startShop(): Promise<{ server: MariaDbServer; stop: () => Promise<void> }> {
  const directory = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-mariadb-'));
  fs.chmodSync(directory, 0o755);
  const server = await onFreePort(undefined, (port) =>
    startMariaDb({ directory, cache: resolve('.local'), port, onMessage: () => undefined }),
  );
  await asRoot(server, async (connection) => {
    await connection.query('create database shop');
    await connection.query(`create user shop identified by 'shop'`);
    await connection.query('grant all privileges on shop.* to shop');
  });
  const stop = async () => {
    await server.process.stop();
    fs.rmSync(directory, { recursive: true, force: true });
  };
  return { server, stop };
}

/** A Data API over it. */
export async function openDataApi(port: number, limits: Partial<DataApiBackend> = {}) {
  const server = await listenDataApi(0);
  server.serve({
    engines: [
      new MariaDbEngine({
        find: (arn) => Promise.resolve(arn === clusterArn ? { host: '127.0.0.1', port } : undefined),
        close: () => Promise.resolve(),
      }),
    ],
    secrets: {
      read: (arn) => Promise.resolve({ username: 'shop', password: arn === secretArn ? 'shop' : 'wrong' }),
      forget: () => undefined,
    },
    ...limits,
  });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new RDSDataClient({ endpoint: server.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  const close = async () => {
    client.destroy();
    await server.close();
  };
  return { client, close };
}
