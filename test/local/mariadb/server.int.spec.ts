import * as fs from 'node:fs';
import * as os from 'node:os';
import { join, resolve } from 'node:path';
import mysql from 'mysql2/promise';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asRoot, startMariaDb, type MariaDbServer } from '../../../local/mariadb/server.js';
import { freePort, onFreePort } from '../../../local/processes/ports.js';
import { FIRST_USE } from './support.js';

const cache = resolve('.local');
let directory: string;
let server: MariaDbServer;

const start = (port: number) => startMariaDb({ directory, cache, port, onMessage: () => undefined });

beforeAll(async () => {
  directory = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-mariadb-'));
  fs.chmodSync(directory, 0o755);
  server = await onFreePort(undefined, start);
}, FIRST_USE);

afterAll(async () => {
  await server.process.stop();
  fs.rmSync(directory, { recursive: true, force: true });
});

it('lets nobody in without a password', async () => {
  for (const user of ['root', 'nobody', '']) {
    const login = mysql.createConnection({ host: '127.0.0.1', port: server.port, user });
    await expect(login).rejects.toMatchObject({ errno: 1045 });
  }
  const [users] = await asRoot(server, (connection) =>
    connection.query('select user, host from mysql.user order by 1, 2'),
  );
  expect(users).toEqual([
    { User: 'mariadb.sys', Host: 'localhost' },
    { User: 'root', Host: '127.0.0.1' },
    { User: 'root', Host: 'localhost' },
  ]);
});

it('is reached over the loopback interface only', async () => {
  const [variables] = await asRoot(server, (connection) =>
    connection.query(`show variables where variable_name in ('bind_address', 'socket', 'time_zone')`),
  );
  expect(variables).toEqual([
    { Variable_name: 'bind_address', Value: '127.0.0.1' },
    { Variable_name: 'socket', Value: '' },
    { Variable_name: 'time_zone', Value: '+00:00' },
  ]);
});

it('keeps what was committed, over a clean stop and over a crash', async () => {
  await asRoot(server, async (connection) => {
    await connection.query('create database kept');
    await connection.query('create table kept.things (id int primary key)');
    await connection.query('insert into kept.things values (1)');
  });
  await server.process.stop();
  server = await onFreePort(undefined, start);
  await asRoot(server, (connection) => connection.query('insert into kept.things values (2)'));
  // the guard leads the group, so the engine dies with it
  process.kill(-server.process.pid, 'SIGKILL');
  await server.process.exited;
  server = await onFreePort(undefined, start);
  const [rows] = await asRoot(server, (connection) => connection.query('select id from kept.things'));
  expect(rows).toEqual([{ id: 1 }, { id: 2 }]);
});

it('says that a port is taken, so that another can be tried', async () => {
  const other = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-mariadb-'));
  fs.chmodSync(other, 0o755);
  try {
    const starting = startMariaDb({ directory: other, cache, port: server.port, onMessage: () => undefined });
    await expect(starting).rejects.toMatchObject({ code: 'PORT_TAKEN' });
  } finally {
    fs.rmSync(other, { recursive: true, force: true });
  }
});

it('tells the last lines of its log when it does not start', async () => {
  const broken = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-mariadb-'));
  fs.chmodSync(broken, 0o755);
  fs.mkdirSync(join(broken, 'data'));
  fs.writeFileSync(join(broken, 'password'), 'secret');
  try {
    const port = await freePort();
    const starting = startMariaDb({ directory: broken, cache, port, onMessage: () => undefined });
    await expect(starting).rejects.toMatchObject({
      code: 'MARIADB_FAILED',
      message: expect.stringMatching(/mysql\.\w+' doesn't exist|system tables/i) as string,
    });
  } finally {
    fs.rmSync(broken, { recursive: true, force: true });
  }
});
