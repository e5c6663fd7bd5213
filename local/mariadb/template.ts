import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { LocalCloudError } from '../errors.js';
import { withLock } from '../processes/lock.js';
import { handOver, handOverAll, runAs } from '../processes/user.js';
import type { MariaDbBinaries } from './binaries.js';

/** Settings of the server, both when its data are made and when it runs. */
export function commonArguments({ share }: MariaDbBinaries, data: string): string[] {
  return [
    '--no-defaults',
    `--lc-messages-dir=${share}`,
    `--character-sets-dir=${join(share, 'charsets')}`,
    `--datadir=${data}`,
    '--innodb-buffer-pool-size=32M',
    // small, because they are copied
    '--innodb-log-file-size=8M',
    '--innodb-undo-tablespaces=0',
    // a crash of the machine may lose a local cloud; a crash of the process may not, and does not
    '--innodb-flush-log-at-trx-commit=2',
    '--innodb-flush-method=nosync',
  ];
}

/**
 * Fills a data folder from a cached one, because making the system tables takes seconds and a copy does not. Answers the
 * password of `root`, which is made with the cached folder and belongs to this machine alone.
 */
export async function createDataFolder(
  binaries: MariaDbBinaries,
  cache: string,
  data: string,
  onMessage: (message: string) => void,
): Promise<string> {
  const owner = process.getuid?.() === 0 ? 'root' : 'user';
  const template = join(cache, `mariadb-${binaries.version}-${owner}`);
  const complete = join(template, 'password');
  if (!fs.existsSync(complete)) {
    await withLock(`${template}.lock`, async () => {
      if (!fs.existsSync(complete)) await makeTemplate(binaries, template, complete, onMessage);
    });
  }
  fs.rmSync(data, { recursive: true, force: true });
  fs.cpSync(join(template, 'data'), data, { recursive: true });
  handOverAll(data);
  fs.chmodSync(data, 0o700);
  return fs.readFileSync(complete, 'utf8');
}

async function makeTemplate(
  binaries: MariaDbBinaries,
  template: string,
  complete: string,
  onMessage: (message: string) => void,
): Promise<void> {
  onMessage('preparing MariaDB (first use)');
  fs.rmSync(template, { recursive: true, force: true });
  const data = join(template, 'data');
  fs.mkdirSync(data, { recursive: true, mode: 0o755 });
  handOver(template);
  handOver(data);
  const password = randomBytes(18).toString('hex');
  const output = await bootstrap(binaries, data, systemTables(binaries.share, password));
  if (output !== undefined) {
    throw new LocalCloudError('MARIADB_FAILED', `MariaDB could not be prepared:\n${output}`);
  }
  fs.writeFileSync(complete, password, { mode: 0o600 });
}

/** What the engine's own installer feeds to it, and a password for root, who is there once: on 127.0.0.1. */
function systemTables(share: string, password: string): string {
  const files = [
    'mariadb_system_tables.sql',
    'mariadb_performance_tables.sql',
    'mariadb_system_tables_data.sql',
    'maria_add_gis_sp_bootstrap.sql',
  ];
  return [
    'create database mysql;',
    'use mysql;',
    'set @auth_root_socket=NULL;',
    'set @skip_auth_anonymous=1;',
    ...files.map((file) => fs.readFileSync(join(share, file), 'utf8')),
    `delete from mysql.global_priv where not (User = 'root' and Host in ('127.0.0.1', 'localhost')) and User <> 'mariadb.sys';`,
    'flush privileges;',
    `alter user root@localhost identified by '${password}';`,
    `create or replace user root@'127.0.0.1' identified by '${password}';`,
    `grant all privileges on *.* to root@'127.0.0.1' with grant option;`,
  ].join('\n');
}

/** @returns the last lines that the engine said when it failed */
function bootstrap(binaries: MariaDbBinaries, data: string, sql: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      binaries.mariadbd,
      [...commonArguments(binaries, data), '--bootstrap', '--silent-startup', '--skip-log-error'],
      { cwd: data, env: { PATH: process.env.PATH, TZ: 'UTC' }, stdio: ['pipe', 'ignore', 'pipe'], ...runAs() },
    );
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stdin.on('error', () => undefined);
    child.once('error', reject);
    child.once('close', (code) => resolve(code === 0 ? undefined : said.trim().split('\n').slice(-8).join('\n')));
    child.stdin.end(sql);
  });
}
