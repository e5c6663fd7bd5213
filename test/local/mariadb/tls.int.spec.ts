import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MariaDbEngine } from '../../../local/data-api/mariadb/engine.js';
import type { MariaDbCluster } from '../../../local/data-api/mariadb/session.js';
import { mariaDbBinaries } from '../../../local/mariadb/binaries.js';
import { commonArguments, createDataFolder } from '../../../local/mariadb/template.js';
import { spawnGuarded, type GuardedProcess } from '../../../local/processes/guarded.js';
import { freePort } from '../../../local/processes/ports.js';
import { handOver, handOverAll, runAs } from '../../../local/processes/user.js';
import { clusterArn, FIRST_USE } from './support.js';

const NAME = 'localhost';

let directory: string;
let port: number;
let password: string;
let server: GuardedProcess;
let ca: Buffer;

/** Certificates of an authority of its own: one for the server's name, one for another. */
function makeCertificates(): void {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'ignore' });
  const key = ['-newkey', 'rsa:2048', '-nodes', '-days', '1'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=authority');
  openssl('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=server');
  for (const name of [NAME, 'elsewhere']) {
    fs.writeFileSync(join(directory, 'names'), `subjectAltName=DNS:${name}`);
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1', '-extfile', 'names'];
    openssl('x509', '-req', '-in', 'server.csr', ...signed, '-out', `${name}.pem`);
  }
}

async function serve(certificate: string): Promise<void> {
  const binaries = await mariaDbBinaries(resolve('.local'), () => undefined);
  const data = join(directory, 'data');
  password = await createDataFolder(binaries, resolve('.local'), data, () => undefined);
  handOverAll(directory);
  port = await freePort();
  const file = (name: string) => join(directory, name);
  server = spawnGuarded({
    command: binaries.mariadbd,
    args: [
      ...commonArguments(binaries, data),
      ...[`--port=${port}`, '--bind-address=127.0.0.1', '--socket=', '--skip-log-error', '--skip-name-resolve'],
      ...['--require-secure-transport', `--ssl-ca=${file('ca.pem')}`],
      ...[`--ssl-cert=${file(`${certificate}.pem`)}`, `--ssl-key=${file('server.key')}`],
    ],
    env: { PATH: process.env.PATH },
    cwd: directory,
    log: join(directory, 'log'),
    note: join(directory, 'exit'),
    signal: 'TERM',
    grace: 5,
    ...runAs(),
  });
  await expect.poll(() => said({ host: NAME, port }), { timeout: 20_000 }).not.toContain('ECONNREFUSED');
}

/** The protocol that a session speaks, or why there is none. */
async function said(cluster: MariaDbCluster): Promise<string> {
  const engine = new MariaDbEngine({ find: () => Promise.resolve(cluster), close: () => Promise.resolve() });
  try {
    const session = await engine.open(clusterArn, { username: 'root', password, database: undefined });
    const { rows } = await session.run({
      sql: `show status like 'Ssl_version'`,
      parameters: new Map(),
      describe: false,
      sizeLimit: 1_000,
    });
    await session.release();
    return String(rows[0]?.[1]);
  } catch (error) {
    return String(error);
  }
}

beforeAll(() => {
  directory = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-tls-'));
  fs.chmodSync(directory, 0o755);
  handOver(directory);
  makeCertificates();
  ca = fs.readFileSync(join(directory, 'ca.pem'));
}, FIRST_USE);

afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

it('a session over TLS has a server whose certificate and name are checked', async () => {
  await serve(NAME);
  try {
    expect(await said({ host: NAME, port, ssl: { ca } })).toMatch(/^TLSv1\.[23]$/);
    expect(await said({ host: NAME, port, ssl: {} })).toContain('certificate');
    expect(await said({ host: '127.0.0.1', port, ssl: { ca } })).toContain('127.0.0.1 is none');
    expect(await said({ host: NAME, port })).toContain('secure');
  } finally {
    await server.stop();
  }
});

it('a session over TLS is refused by a server that has the certificate of another', async () => {
  await serve('elsewhere');
  try {
    expect(await said({ host: NAME, port, ssl: { ca } })).toContain("does not match certificate's altnames");
  } finally {
    await server.stop();
  }
});
