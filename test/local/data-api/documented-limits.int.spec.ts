import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { ExecuteStatementCommand, RDSDataClient } from '@aws-sdk/client-rds-data';
import { expect, it } from 'vitest';
import { attachLocalCloud, startLocalCloud } from '../../../local/index.js';
import { cloud } from '../../support/cloud.js';

it('a local cloud refuses rows over 64 KB where it is told to keep to the documentation', async () => {
  const { cacheDirectory } = await cloud();
  const stateDirectory = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-limits-'));
  fs.chmodSync(stateDirectory, 0o755);
  const strict = await startLocalCloud({ stateDirectory, cacheDirectory, documentedLimits: true });
  try {
    expect((await attachLocalCloud(stateDirectory)).documentedLimits).toBe(true);
    const { clusterArn: resourceArn, secretArn, database } = await strict.createDatabase('shop');
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const { dataApiEndpoint: endpoint, region } = strict;
    const client = new RDSDataClient({ endpoint, region, credentials, maxAttempts: 1 });
    const row = (length: number) =>
      client.send(
        new ExecuteStatementCommand({ resourceArn, secretArn, database, sql: `select repeat('x', ${length})` }),
      );
    await expect(row(65_536)).resolves.toBeDefined();
    await expect(row(65_537)).rejects.toMatchObject({ name: 'UnsupportedResultException' });
  } finally {
    await strict.stop();
    fs.rmSync(stateDirectory, { recursive: true, force: true });
  }
});
