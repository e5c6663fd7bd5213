import { CloudFormationClient, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import {
  CloudWatchLogsClient,
  paginateDescribeLogGroups,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { cloud } from '../support/cloud.js';
import { Shop } from '../examples/storefront/shop.js';

const lantern = { description: 'WHITE METAL LANTERN', price: 339, since: '2010-12-01' };

/** User to password. */
const secrets = new Map<string, string>();
let shop: Shop;
/** Of all functions of the shop. */
let environments: string;

beforeAll(async () => {
  const running = await cloud();
  shop = await Shop.open(running);
  // What fails is logged: by a command, by a query, by a message that is no envelope, by migrations.
  await shop.send('product', '71053', 'CreateProduct', lantern);
  await shop.send('product', '71053', 'CreateProduct', { ...lantern, price: 'much' });
  await shop.read('browse', 'products/71053', 'bm8gdG9rZW4');
  await shop.message('BrowseProductsQueue', { no: 'envelope' });
  const broken = { RequestType: 'Update', ResourceProperties: { Checksum: 'x', Users: [{ name: 'nobody' }] } };
  await shop.invoke('CatalogProductsMigrationsRunFunction', broken).catch(() => undefined);

  environments = await environmentsOf(shop);
  const client = new SecretsManagerClient();
  for (const SecretId of new Set(environments.match(/arn:aws:secretsmanager:[\w:/-]+/g))) {
    const { SecretString = '{}' } = await client.send(new GetSecretValueCommand({ SecretId }));
    const { username, password } = JSON.parse(SecretString) as { username: string; password: string };
    secrets.set(username, password);
  }
  client.destroy();
}, 120_000);

async function environmentsOf({ resources }: Shop): Promise<string> {
  const client = new LambdaClient();
  const functions = [...resources].filter(([key]) => key.startsWith('AWS::Lambda::Function '));
  const texts = functions.map(async ([, FunctionName]) => {
    const { Environment } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    return Object.entries(Environment?.Variables ?? {}).map(([name, value]) => `${name}=${value}`);
  });
  const all = (await Promise.all(texts)).flat().join('\n');
  client.destroy();
  return all;
}

/** The users whose passwords a text has in it, plain or encoded as logs and requests encode. */
function secretsIn(text: string): string[] {
  const forms = (secret: string) => [
    secret,
    encodeURIComponent(secret),
    ...[0, 1, 2].map((at) => base64At(secret, at)),
  ];
  return [...secrets].filter(([, secret]) => forms(secret).some((form) => text.includes(form))).map(([name]) => name);
}

/** What base64 of any longer text has in it, the secret standing at a multiple of three and so many bytes. */
function base64At(secret: string, bytes: number): string {
  const encoded = Buffer.from('-'.repeat(bytes) + secret).toString('base64');
  return encoded.slice(bytes === 0 ? 0 : bytes + 1, -4);
}

describe('the password of a database user', () => {
  it('is long, and there are some: one of each need, and of the owners', () => {
    expect(secrets.size).toBeGreaterThan(5);
    expect(Math.min(...[...secrets.values()].map((password) => password.length))).toBeGreaterThanOrEqual(32);
    expect(new Set(secrets.values()).size).toBe(secrets.size);
  });

  it('is found where it stands: the search can fail', () => {
    const [[name, password] = ['', '']] = secrets;
    expect(secretsIn(`connected with ${password} to the database`)).toEqual([name]);
    for (const before of ['', '1', 'ab', 'app:', '{"password":"']) {
      const header = Buffer.from(`${before}${password}"}`).toString('base64');
      expect(secretsIn(JSON.stringify({ header })), before).toEqual([name]);
    }
  });

  it('stands in no template', async () => {
    const client = new CloudFormationClient();
    const StackName = shop
      .physical('CatalogProductsMigrationsRunFunction', 'AWS::Lambda::Function')
      .split('-Catalog')[0];
    const { TemplateBody = '' } = await client.send(new GetTemplateCommand({ StackName }));
    client.destroy();
    expect(TemplateBody).toContain('AWS::SecretsManager::Secret');
    expect(secretsIn(TemplateBody)).toEqual([]);
    expect(TemplateBody).not.toMatch(/resolve:secretsmanager|"SecretString"/);
  });

  it('stands in the environment of no function', () => {
    expect(environments).toContain('DBPATTERNS_STORE_PRODUCTS');
    expect(secretsIn(environments)).toEqual([]);
  });

  it('stands in the log of no function', async () => {
    const client = new CloudWatchLogsClient();
    let logged = '';
    for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, {})) {
      for (const { logGroupName } of logGroups) {
        for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName })) {
          logged += events.map(({ message = '' }) => message).join('\n');
        }
      }
    }
    client.destroy();
    expect(logged.length).toBeGreaterThan(1000);
    expect(secretsIn(logged)).toEqual([]);
  });

  it("stands in no log of the local cloud's own parts", () => {
    const folder = inject('localCloud');
    const logs = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.log'));
    expect(logs.length).toBeGreaterThan(1);
    for (const file of logs) expect(secretsIn(readFileSync(join(folder, file), 'utf8')), file).toEqual([]);
  });
});
