import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { LocalCloudError } from '../errors.js';
import { withLock } from '../processes/lock.js';
import { run } from '../processes/run.js';
import { handOver, handOverAll, runAs } from '../processes/user.js';
import type { PostgresBinaries } from './binaries.js';

/**
 * Fills a data folder from a cached one, because initdb takes seconds and a copy does not. Answers the superuser's
 * password, which is made with the cached folder and belongs to this machine alone.
 */
export async function createDataFolder(
  binaries: PostgresBinaries,
  cache: string,
  data: string,
  onMessage: (message: string) => void,
): Promise<string> {
  const template = join(cache, `postgres-${binaries.version}-${process.getuid?.() === 0 ? 'root' : 'user'}`);
  const complete = join(template, 'password');
  if (!fs.existsSync(complete)) {
    await withLock(`${template}.lock`, async () => {
      if (!fs.existsSync(complete)) await make();
    });
  }
  fs.rmSync(data, { recursive: true, force: true });
  fs.cpSync(join(template, 'data'), data, { recursive: true });
  handOverAll(data);
  fs.chmodSync(data, 0o700);
  return fs.readFileSync(complete, 'utf8');

  async function make(): Promise<void> {
    onMessage('preparing PostgreSQL (first use)');
    fs.rmSync(template, { recursive: true, force: true });
    fs.mkdirSync(template, { recursive: true, mode: 0o755 });
    handOver(template);
    const password = randomBytes(18).toString('base64url');
    const given = join(template, 'given');
    fs.writeFileSync(given, password, { mode: 0o600 });
    handOver(given);
    const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--encoding=UTF8'];
    // a copy of small segments is quick
    const wal = ['--wal-segsize=4', '--no-sync'];
    const users = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${given}`];
    const result = await run(binaries.initdb, ['-D', join(template, 'data'), ...users, ...locale, ...wal], {
      cwd: template,
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
      ...runAs(),
    });
    fs.rmSync(given, { force: true });
    if (result.code !== 0) {
      const lines = result.output.trim().split('\n').slice(-8).join('\n');
      const mend = lines.includes('user does not exist')
        ? '\nPostgreSQL runs only as a user that the system knows: run as one that is in /etc/passwd, or as root.'
        : '';
      throw new LocalCloudError('POSTGRES_FAILED', `PostgreSQL could not be prepared:\n${lines}${mend}`);
    }
    fs.writeFileSync(complete, password, { mode: 0o600 });
  }
}
