import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import * as http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExecuteStatementCommand, RDSDataClient } from '@aws-sdk/client-rds-data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '../../../local/data-api/command.js';
import type { DataApiServer } from '../../../local/data-api/server.js';
import { startDataApi, type StandaloneOptions } from '../../../local/data-api/standalone.js';
import { uniqueDatabase } from '../../support/cloud.js';

const ANY = 'arn:aws:rds:eu-west-1:000000000000:cluster:any';
const OTHER = 'arn:aws:rds:eu-west-1:000000000000:cluster:other';
const SECRET = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:any';

let address: string;
let database: string;
let folder: string;
const started: DataApiServer[] = [];

beforeAll(async () => {
  const made = await uniqueDatabase('standalone');
  database = made.database;
  const url = new URL(made.url);
  url.pathname = '';
  address = url.href;
  folder = mkdtempSync(join(tmpdir(), 'dbpatterns-secrets-'));
});

afterAll(async () => {
  await Promise.all(started.map((server) => server.close()));
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Partial<StandaloneOptions>) {
  const server = await startDataApi({ postgres: [address], mariadb: [], port: 0, ...options });
  started.push(server);
  const client = new RDSDataClient({ endpoint: server.endpoint, maxAttempts: 1 });
  const ask = async (resourceArn: string, secretArn = SECRET, sql = 'select current_user') => {
    const { records } = await client.send(new ExecuteStatementCommand({ resourceArn, secretArn, database, sql }));
    return records?.[0]?.[0]?.stringValue;
  };
  return { server, ask };
}

describe('the Data API alone', () => {
  it('stands for every cluster, with the user of the URL, over any PostgreSQL', async () => {
    const { ask } = await start({});
    expect(await ask(ANY)).toBe('postgres');
  });

  it('knows only the clusters that are named, where they are', async () => {
    const { ask } = await start({ postgres: [`${ANY}=${address}`] });
    expect(await ask(ANY)).toBe('postgres');
    await expect(ask(OTHER)).rejects.toMatchObject({ name: 'HttpEndpointNotEnabledException' });
  });

  it('takes users from a file of secrets', async () => {
    const { password } = new URL(address);
    const secrets = join(folder, 'secrets.json');
    writeFileSync(secrets, JSON.stringify({ [SECRET]: { username: 'postgres', password } }));
    const { ask } = await start({ secrets });
    expect(await ask(ANY)).toBe('postgres');
    await expect(ask(ANY, `${SECRET}x`)).rejects.toMatchObject({ name: 'SecretsErrorException' });
  });

  it('answers to the names that it is given, and to no other', async () => {
    const { server } = await start({ allowedHosts: ['data-api'] });
    const status = (host: string) =>
      new Promise((resolve, reject) => {
        http
          .request(`${server.endpoint}/Execute`, { method: 'POST', headers: { host } }, (response) => {
            response.resume();
            resolve(response.statusCode);
          })
          .on('error', reject)
          .end('{}');
      });
    expect(await Promise.all(['data-api:8080', 'localhost:1', 'evil.example'].map(status))).toEqual([400, 400, 403]);
  });

  it('refuses a row over 64 KB where the documented limits are wanted', async () => {
    const row = (length: number) => `select 'x', repeat('x', ${length})`;
    const { ask } = await start({ documentedLimits: true });
    await expect(ask(ANY, SECRET, row(65_535))).resolves.toBe('x');
    await expect(ask(ANY, SECRET, row(65_536))).rejects.toMatchObject({
      name: 'UnsupportedResultException',
      message: 'The result has a row of 65537 bytes, over the documented limit of 65536.',
    });
    const { ask: asAurora } = await start({});
    await expect(asAurora(ANY, SECRET, row(65_536))).resolves.toBe('x');
  });

  it('knows no operation but the service’s, and of those only POST', async () => {
    const { server } = await start({});
    for (const [method, path] of [
      ['POST', '/ExecuteSql'],
      ['GET', '/Execute'],
    ] as const) {
      const answer = await fetch(`${server.endpoint}${path}`, { method });
      expect(answer.status).toBe(404);
      expect(answer.headers.get('x-amzn-errortype')).toBe('UnknownOperationException');
    }
  });

  it.each([
    [{ postgres: [] }, /^no database: give one with --postgres URL/],
    [{ postgres: ['localhost:5432'] }, /^--postgres takes \[ARN=\]postgres:\/\//],
    [{ mariadb: ['mysql://root:x@127.0.0.1'] }, /^several databases for every cluster: name them with ARN=URL$/],
    [{ postgres: ['postgres://u:p@h?sslmode=require'] }, /^sslmode is disable or verify-full, not require/],
    [{ secrets: '/nowhere.json' }, /^\/nowhere\.json cannot be read as JSON$/],
  ])('says how it is meant, for %j', async (options, message) => {
    await expect(start(options)).rejects.toThrow(message);
  });
});

describe('the command line', () => {
  it('tells how it is used', async () => {
    let told = '';
    await main(['data-api', '--help'], (text) => (told += text));
    expect(told).toContain('--postgres [ARN=]URL');
    expect(told).toContain('conformance');
  });

  it('asks a Data API what the table says', async () => {
    const { server } = await start({});
    let told = '';
    const target = ['--cluster', ANY, '--secret', SECRET, '--database', database];
    await main(['conformance', ...target, '--endpoint', server.endpoint, '--json'], (text) => (told += text));
    const rows = told
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { verdict: string; source: string });
    expect(rows.length).toBeGreaterThan(100);
    expect(rows.filter(({ verdict }) => verdict !== 'as written')).toEqual([]);
  });
});
