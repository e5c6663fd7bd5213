import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import {
  BatchExecuteStatementCommand,
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  RDSDataClient,
  RollbackTransactionCommand,
} from '@aws-sdk/client-rds-data';
import { PutResourcePolicyCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../../local/emulator/emulator.js';
import { pythonEnvironment } from '../../../local/emulator/environment.js';
import { startLocalCloud, type LocalCloud, type LocalDatabase } from '../../../local/index.js';
import { freePort } from '../../../local/processes/ports.js';
import { cloud } from '../../support/cloud.js';

const ROOT = { accessKeyId: 'test', secretAccessKey: 'test' };

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

type Grants = Readonly<Record<string, readonly string[]>>;

/** The keys of a new user who may do this much: actions by resource. */
async function userOf(endpoint: string, name: string, grants: Grants) {
  const iam = new IAMClient({ endpoint, region: 'us-east-1', credentials: ROOT });
  await iam.send(new CreateUserCommand({ UserName: name }));
  const Statement = Object.entries(grants).map(([Resource, Action]) => ({ Effect: 'Allow', Action, Resource }));
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: 'All', PolicyDocument }));
  const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
  return { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' };
}

/** Calls as a new user who may do this much. */
async function as(name: string, grants: Grants): Promise<RDSDataClient> {
  const { endpoint, region, dataApiEndpoint } = enforcing;
  const credentials = await userOf(endpoint, name, grants);
  return new RDSDataClient({ endpoint: dataApiEndpoint, region, credentials, maxAttempts: 1 });
}

const addressOf = ({ clusterArn: resourceArn, secretArn, database }: LocalDatabase) => {
  return { resourceArn, secretArn, database };
};
const statement = (of: LocalDatabase) => new ExecuteStatementCommand({ ...addressOf(of), sql: 'select 1 as one' });

const READ = ['secretsmanager:GetSecretValue'];

describe('where IAM is enforced, the Data API', () => {
  it('lets a caller use the cluster and the secret that it is granted, and no other cluster', async () => {
    const grants = {
      [mine.clusterArn]: ['rds-data:ExecuteStatement'],
      [mine.secretArn]: READ,
      [theirs.secretArn]: READ,
    };
    const client = await as('granted', grants);
    expect((await client.send(statement(mine))).records).toEqual([[{ longValue: 1 }]]);
    await expect(client.send(statement(theirs))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('rds-data:ExecuteStatement') as string,
    });
  });

  it('refuses an action that is not granted', async () => {
    const client = await as('statements-only', {
      [mine.clusterArn]: ['rds-data:ExecuteStatement'],
      [mine.secretArn]: READ,
    });
    const begin = new BeginTransactionCommand(addressOf(mine));
    await expect(client.send(begin)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('rds-data:BeginTransaction') as string,
    });
  });

  it('asks for the secret in the name of the caller, whichever operation it is that names it', async () => {
    const client = await as('without-secret', { [mine.clusterArn]: ['rds-data:*'], [theirs.secretArn]: READ });
    const address = addressOf(mine);
    const sql = 'select 1';
    const transactionId = 'AQ==';
    for (const call of [
      () => client.send(new ExecuteStatementCommand({ ...address, sql })),
      () => client.send(new BatchExecuteStatementCommand({ ...address, sql, parameterSets: [[]] })),
      () => client.send(new BeginTransactionCommand(address)),
      () => client.send(new CommitTransactionCommand({ ...address, transactionId })),
      () => client.send(new RollbackTransactionCommand({ ...address, transactionId })),
    ]) {
      await expect(call()).rejects.toMatchObject({
        name: 'AccessDeniedException',
        $metadata: { httpStatusCode: 403 },
        message:
          'User: arn:aws:iam::000000000000:user/without-secret is not authorized to perform: ' +
          `secretsmanager:GetSecretValue on resource: ${mine.secretArn} because no identity-based policy allows the ` +
          'secretsmanager:GetSecretValue action',
      });
    }
  });

  it('keeps to the policy of the secret itself', async () => {
    const { endpoint, region } = enforcing;
    const secrets = new SecretsManagerClient({ endpoint, region, credentials: ROOT });
    const name = 'shut-out';
    const client = await as(name, { [theirs.clusterArn]: ['rds-data:*'], [theirs.secretArn]: READ });
    await expect(client.send(statement(theirs))).resolves.toBeDefined();
    const Principal = { AWS: `arn:aws:iam::000000000000:user/${name}` };
    const Statement = [{ Effect: 'Deny', Principal, Action: READ, Resource: '*' }];
    const ResourcePolicy = JSON.stringify({ Version: '2012-10-17', Statement });
    await secrets.send(new PutResourcePolicyCommand({ SecretId: theirs.secretArn, ResourcePolicy }));
    await expect(client.send(statement(theirs))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringMatching(/GetSecretValue .* with an explicit deny in a resource-based policy$/) as string,
    });
  });

  it('refuses a signature that is not the key’s', async () => {
    const { dataApiEndpoint: endpoint, region } = enforcing;
    const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'unknown' };
    const client = new RDSDataClient({ endpoint, region, credentials, maxAttempts: 1 });
    await expect(client.send(statement(mine))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

it("the launcher's mend data_api_secrets is still needed", async () => {
  const python = await pythonEnvironment(join(enforcing.cacheDirectory, 'python'), () => undefined);
  const bare = await startEmulator({
    directory: fs.mkdtempSync(join(directory, 'bare-')),
    python,
    port: await freePort(),
    dataApiEndpoint: 'http://127.0.0.1:9',
    auth: true,
    persist: false,
    mends: [],
  });
  try {
    const credentials = await userOf(bare.endpoint, 'without-secret', { [mine.clusterArn]: ['rds-data:*'] });
    const client = new RDSDataClient({ endpoint: bare.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
    const error: unknown = await client.send(statement(mine)).catch((cause: unknown) => cause);
    expect(
      error instanceof Error ? error.name : undefined,
      'MiniStack no longer has this gap: delete data_api_secrets from local/emulator/launch.py, and this test',
    ).not.toBe('AccessDeniedException');
  } finally {
    await bare.process.stop();
  }
});
