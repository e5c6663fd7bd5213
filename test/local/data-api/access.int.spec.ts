import * as http from 'node:http';
import { ExecuteStatementCommand, RDSDataClient, type SqlParameter } from '@aws-sdk/client-rds-data';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LocalDatabase } from '../../../local/index.js';
import { cloud, unique, uniqueDatabase } from '../../support/cloud.js';

let client: RDSDataClient;
let secrets: SecretsManagerClient;
let mine: LocalDatabase;
let theirs: LocalDatabase;

beforeAll(async () => {
  await cloud();
  client = new RDSDataClient();
  secrets = new SecretsManagerClient();
  mine = await uniqueDatabase('mine');
  theirs = await uniqueDatabase('theirs');
});

function run(database: LocalDatabase, secretArn: string, sql: string, parameters?: SqlParameter[]) {
  return client.send(
    new ExecuteStatementCommand({
      resourceArn: database.clusterArn,
      secretArn,
      database: database.database,
      sql,
      parameters,
    }),
  );
}

async function secretOf(value: unknown): Promise<string> {
  const SecretString = typeof value === 'string' ? value : JSON.stringify(value);
  return (await secrets.send(new CreateSecretCommand({ Name: unique('secret'), SecretString }))).ARN ?? '';
}

describe('the Data API picks its session by cluster and secret', () => {
  it('and runs statements as the user of the secret', async () => {
    const role = unique(mine.database, '_');
    await run(mine, mine.secretArn, `create role "${role}" login password 'first'`);
    const secretArn = await secretOf({ username: role, password: 'first' });
    const answer = await run(mine, secretArn, 'select current_user, current_database()');
    expect(answer.records).toEqual([[{ stringValue: role }, { stringValue: mine.database }]]);
    await run(mine, mine.secretArn, 'create table private (id int)');
    await expect(run(mine, secretArn, 'select * from private')).rejects.toThrow(/SQLState: 42501/);
  });

  it('and follows a password that was changed', async () => {
    const role = unique(mine.database, '_');
    await run(mine, mine.secretArn, `create role "${role}" login password 'first'`);
    const secretArn = await secretOf({ username: role, password: 'wrong' });
    await expect(run(mine, secretArn, 'select 1')).rejects.toThrow(/SQLState: 28P01/);
    await secrets.send(
      new PutSecretValueCommand({
        SecretId: secretArn,
        SecretString: JSON.stringify({ username: role, password: 'first' }),
      }),
    );
    await expect(run(mine, secretArn, 'select 1')).resolves.toBeDefined();
  });

  it('and knows a user in its own cluster only, as if each had a server', async () => {
    await expect(run(mine, theirs.secretArn, 'select 1')).rejects.toMatchObject({
      name: 'DatabaseErrorException',
      message: `FATAL: password authentication failed for user "${theirs.database}"; SQLState: 28P01`,
    });
  });

  it('and lets nobody in as superuser', async () => {
    const secretArn = await secretOf({ username: 'postgres', password: new URL(mine.url).password });
    await expect(run(mine, secretArn, 'select 1')).rejects.toThrow(/SQLState: 28P01/);
  });

  it('and refuses clusters, databases and secrets that it does not know', async () => {
    const unknown = { ...mine, clusterArn: `${mine.clusterArn}x` };
    await expect(run(unknown, mine.secretArn, 'select 1')).rejects.toMatchObject({
      name: 'HttpEndpointNotEnabledException',
      message: `HttpEndpoint is not enabled for resource ${unknown.clusterArn}`,
    });
    for (const database of [theirs.database, 'nothing_here']) {
      await expect(run({ ...mine, database }, mine.secretArn, 'select 1')).rejects.toMatchObject({
        name: 'DatabaseErrorException',
        message: `ERROR: database "${database}" does not exist; SQLState: 3D000`,
      });
    }
    await expect(run(mine, `${mine.secretArn}x`, 'select 1')).rejects.toMatchObject({ name: 'SecretsErrorException' });
    await expect(run(mine, await secretOf('not json'), 'select 1')).rejects.toMatchObject({
      name: 'InvalidSecretException',
    });
  });

  it('and takes the database that is called as its user, where none is named, and those that its users made', async () => {
    const { clusterArn: resourceArn, secretArn, database } = mine;
    const sql = 'select current_database()';
    const { records } = await client.send(new ExecuteStatementCommand({ resourceArn, secretArn, sql }));
    expect(records).toEqual([[{ stringValue: database }]]);
    const second = unique(database, '_');
    await run(mine, secretArn, `create database "${second}"`);
    expect((await run({ ...mine, database: second }, secretArn, sql)).records).toEqual([[{ stringValue: second }]]);
  });

  it('and lets a database wake up, when it was put to sleep', async () => {
    const { dataApiEndpoint } = await cloud();
    const sleeper = await uniqueDatabase('sleeper');
    const body = JSON.stringify({ resourceArn: sleeper.clusterArn, resumesIn: 200 });
    expect((await fetch(`${dataApiEndpoint}/_local/pause`, { method: 'POST', body })).status).toBe(200);
    await expect(run(sleeper, sleeper.secretArn, 'select 1')).rejects.toMatchObject({
      name: 'DatabaseResumingException',
      message: expect.stringMatching(
        /is resuming after being auto-paused\. Please wait a few seconds and try again\.$/,
      ),
    });
    await expect(run(mine, mine.secretArn, 'select 1')).resolves.toBeDefined();
    const ok = () =>
      run(sleeper, sleeper.secretArn, 'select 1').then(
        () => true,
        () => false,
      );
    await expect.poll(ok).toBe(true);
  });

  it('and answers no page of a browser that calls it by another name', async () => {
    const { dataApiEndpoint } = await cloud();
    const status = await new Promise((resolve, reject) => {
      http
        .request(`${dataApiEndpoint}/Execute`, { method: 'POST', headers: { host: 'evil.example' } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
        .on('error', reject)
        .end('{}');
    });
    expect(status).toBe(403);
  });
});
