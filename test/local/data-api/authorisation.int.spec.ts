import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { BeginTransactionCommand, ExecuteStatementCommand, RDSDataClient } from '@aws-sdk/client-rds-data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalCloud, type LocalCloud, type LocalDatabase } from '../../../local/index.js';
import { cloud } from '../../support/cloud.js';

let directory: string;
let enforcing: LocalCloud;
let mine: LocalDatabase;
let theirs: LocalDatabase;

beforeAll(async () => {
  const { cacheDirectory } = await cloud();
  directory = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-iam-'));
  fs.chmodSync(directory, 0o755);
  enforcing = await startLocalCloud({ stateDirectory: directory, cacheDirectory, auth: true });
  mine = await enforcing.createDatabase('mine');
  theirs = await enforcing.createDatabase('theirs');
});

afterAll(async () => {
  await enforcing.stop();
  fs.rmSync(directory, { recursive: true, force: true });
});

/** Calls as a user who may do this much. */
async function as(name: string, actions: string[], resource: string): Promise<RDSDataClient> {
  const { endpoint, region, dataApiEndpoint } = enforcing;
  const iam = new IAMClient({ endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  await iam.send(new CreateUserCommand({ UserName: name }));
  const Statement = [{ Effect: 'Allow', Action: actions, Resource: resource }];
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: 'All', PolicyDocument }));
  const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
  const credentials = { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' };
  return new RDSDataClient({ endpoint: dataApiEndpoint, region, credentials, maxAttempts: 1 });
}

const statement = ({ clusterArn: resourceArn, secretArn, database }: LocalDatabase) =>
  new ExecuteStatementCommand({ resourceArn, secretArn, database, sql: 'select 1 as one' });

describe('where IAM is enforced, the Data API', () => {
  it('lets a caller use the cluster that it is granted, and no other', async () => {
    const client = await as('granted', ['rds-data:ExecuteStatement'], mine.clusterArn);
    expect((await client.send(statement(mine))).records).toEqual([[{ longValue: 1 }]]);
    await expect(client.send(statement(theirs))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('rds-data:ExecuteStatement'),
    });
  });

  it('refuses an action that is not granted', async () => {
    const client = await as('statements-only', ['rds-data:ExecuteStatement'], mine.clusterArn);
    const { clusterArn: resourceArn, secretArn, database } = mine;
    const begin = new BeginTransactionCommand({ resourceArn, secretArn, database });
    await expect(client.send(begin)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('refuses a signature that is not the key’s', async () => {
    const { dataApiEndpoint: endpoint, region } = enforcing;
    const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'unknown' };
    const client = new RDSDataClient({ endpoint, region, credentials, maxAttempts: 1 });
    await expect(client.send(statement(mine))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});
