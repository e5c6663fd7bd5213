import { ExecuteStatementCommand } from '@aws-sdk/client-rds-data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCase, type Target } from '../../../local/data-api/conformance/run.js';
import { TABLE } from '../../../local/data-api/conformance/table.js';
import { uniqueDatabase } from '../../support/cloud.js';
import { ownServer } from './own-server.js';

let api: Awaited<ReturnType<typeof ownServer>>;
let target: Target;

beforeAll(async () => {
  const { clusterArn: resourceArn, secretArn, database, url } = await uniqueDatabase('conformance');
  target = { resourceArn, secretArn, database };
  // the one of the cloud refuses the rows that are larger than the documentation says
  api = await ownServer(url, {});
});

afterAll(() => api.server.close());

describe('the RDS Data API over PostgreSQL', () => {
  const rows = TABLE.filter(({ engine, slow }) => engine === 'postgresql' && !slow);

  it.each(rows.map((row) => [row.id, row.says, row] as const))('does what row %s says: %s', async (_id, _says, row) => {
    expect(await runCase(api.client, target, row)).toEqual([]);
  });
});

describe('what row E12 says does not last', () => {
  const rows = TABLE.filter(({ id, engine }) => engine === 'postgresql' && id.startsWith('E12-'));

  it.each(rows.map((row) => [row.id, row] as const))(
    'is gone from the very session that had it: %s',
    async (_id, row) => {
      const { clusterArn: resourceArn, secretArn, database, url } = await uniqueDatabase('session');
      const { server, client: only } = await ownServer(url, {});
      const own = { resourceArn, secretArn, database };
      const numberOf = async (sql: string) =>
        (await only.send(new ExecuteStatementCommand({ ...own, sql }))).records?.[0]?.[0]?.longValue;
      const session = await numberOf('select pg_backend_pid()');
      expect(await runCase(only, own, row)).toEqual([]);
      expect(await numberOf('select pg_backend_pid()')).toBe(session);
      expect(await numberOf('select count(*) from pg_stat_activity where datname = current_database()')).toBe(1);
      await server.close();
    },
  );
});

describe('the table of the RDS Data API', () => {
  it('has one row of each id, each with an address', () => {
    const ids = TABLE.map(({ id, engine }) => `${engine} ${id}`);
    expect(ids).toEqual([...new Set(ids)]);
    for (const { source } of TABLE) expect(source).toMatch(/^https:\/\//);
  });
});
