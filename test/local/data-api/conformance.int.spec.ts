import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { beforeAll, describe, expect, it } from 'vitest';

import { runCase, type Target } from '../../../local/data-api/conformance/run.js';
import { TABLE } from '../../../local/data-api/conformance/table.js';
import { uniqueDatabase } from '../../support/cloud.js';

let client: RDSDataClient;
let target: Target;

beforeAll(async () => {
  const { clusterArn: resourceArn, secretArn, database } = await uniqueDatabase('conformance');
  target = { resourceArn, secretArn, database };
  client = new RDSDataClient({ maxAttempts: 1 });
});

describe('the RDS Data API over PostgreSQL', () => {
  const rows = TABLE.filter(({ engine, slow }) => engine === 'postgresql' && !slow);

  it.each(rows.map((row) => [row.id, row.says, row] as const))('does what row %s says: %s', async (_id, _says, row) => {
    expect(await runCase(client, target, row)).toEqual([]);
  });
});

describe('the table of the RDS Data API', () => {
  it('has one row of each id, each with an address', () => {
    const ids = TABLE.map(({ id, engine }) => `${engine} ${id}`);
    expect(ids).toEqual([...new Set(ids)]);
    for (const { source } of TABLE) expect(source).toMatch(/^https:\/\//);
  });
});
