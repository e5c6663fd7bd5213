import { CloudFormationClient, ListStacksCommand } from '@aws-sdk/client-cloudformation';
import { App, Stack, Stage, type StackProps } from 'aws-cdk-lib/core';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  awsAccount,
  clientOptions,
  deploy,
  deployToAccount,
  destroy,
  destroyInAccount,
  type AwsAccount,
  type LocalCloud,
} from '../../../local/index.js';
import { cloud, unique } from '../../support/cloud.js';

// The emulator stands for an account: the environment leads there.

let running: LocalCloud;
let account: AwsAccount;
let name: string;

beforeEach(async (context) => {
  running = await cloud();
  context.skip(running.target !== 'embedded', 'what stands for an account is the embedded cloud');
  account = await awsAccount();
  name = unique('Stacks');
});
afterEach(() => vi.unstubAllEnvs());

/** An app of what is made in it. */
const app = (build: (made: App) => void) => (outdir: string) => {
  const made = new App({ outdir, analyticsReporting: false });
  build(made);
  return made;
};

function stackIn(scope: App | Stage, id: string, props?: StackProps): Stack {
  const made = new Stack(scope, id, props);
  new sqs.CfnQueue(made, 'Queue');
  return made;
}

/** A shop, the network that it needs, and the same shop for those who buy. */
const several = app((made) => {
  const network = stackIn(made, `${name}Network`);
  stackIn(made, `${name}Shop`).addDependency(network);
  stackIn(new Stage(made, `${name}Production`), 'Shop');
});

async function deployed(): Promise<string[]> {
  const client = new CloudFormationClient(clientOptions(running));
  const { StackSummaries = [] } = await client.send(
    new ListStacksCommand({ StackStatusFilter: ['CREATE_COMPLETE', 'UPDATE_COMPLETE'] }),
  );
  client.destroy();
  const names = StackSummaries.map(({ StackName = '' }) => StackName);
  return names.filter((found) => found.startsWith(name)).map((found) => found.slice(name.length));
}

const approve = (): Promise<void> => Promise.resolve();

describe('an account', () => {
  it('gets of several stacks those that are named, with those that they need, and loses no others', async () => {
    const stacks = [`${name}Shop`];
    await expect(deployToAccount({ account, app: several, approve })).rejects.toMatchObject({
      code: 'STACKS_NOT_NAMED',
      message: `the app has several stacks: name those that are meant ('**' is all of them): ${name}Network, ${name}Shop, ${name}Production/Shop (${name}Production-Shop)`,
    });
    expect(await deployed()).toEqual([]);
    await deployToAccount({ account, app: several, stacks, approve });
    expect((await deployed()).sort()).toEqual(['Network', 'Shop']);
    await expect(destroyInAccount({ account, app: several })).rejects.toMatchObject({ code: 'STACKS_NOT_NAMED' });
    await destroyInAccount({ account, app: several, stacks });
    expect(await deployed()).toEqual(['Network']);
  });

  it.each([{ account: '111122223333', region: 'us-east-1' }, { region: 'eu-west-1' }])(
    'gets no stack that is for another one: %j',
    async (env) => {
      const elsewhere = app((made) => void stackIn(made, name, { env }));
      const refusal = {
        code: 'OTHER_ENVIRONMENT',
        message: expect.stringMatching(
          /is for (account 111122223333, us-east-1|any account, eu-west-1), and this is account 0{12}, us-east-1/,
        ),
      };
      await expect(deployToAccount({ account, app: elsewhere, approve })).rejects.toMatchObject(refusal);
      await expect(destroyInAccount({ account, app: elsewhere })).rejects.toMatchObject(refusal);
      expect(await deployed()).toEqual([]);
    },
  );

  it('keeps a stack that has become empty', async () => {
    await deployToAccount({ account, app: app((made) => void stackIn(made, name)), approve });
    const empty = app((made) => void new Stack(made, name));
    await expect(deployToAccount({ account, app: empty, approve })).rejects.toThrow(
      `the CDK asks "Are you sure you want to delete: ${name}", which is not answered here`,
    );
    expect(await deployed()).toEqual(['']);
    await destroyInAccount({ account, app: empty });
  });

  it('is of the region that the environment names, in either of the ways that the CDK knows', async () => {
    vi.stubEnv('AWS_REGION', undefined);
    vi.stubEnv('AWS_DEFAULT_REGION', 'eu-central-1');
    expect(await awsAccount()).toMatchObject({ region: 'eu-central-1' });
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    expect(await awsAccount()).toMatchObject({ region: 'eu-west-1' });
  });
});

describe('the local cloud', () => {
  it('gets all stacks where none is named, and removes those that need the one that goes', async () => {
    await deploy({ cloud: running, app: several });
    expect((await deployed()).sort()).toEqual(['Network', 'Production-Shop', 'Shop']);
    await destroy({ cloud: running, app: several, stacks: [`${name}Network`] });
    expect(await deployed()).toEqual(['Production-Shop']);
    await destroy({ cloud: running, app: several });
    expect(await deployed()).toEqual([]);
  });
});
