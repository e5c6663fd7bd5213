import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import { join, resolve } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { awsAccount, clientOptions, deployToAccount, destroyInAccount, type LocalCloud } from '../../local/index.js';
import { cloud, unique } from '../support/cloud.js';

// The emulator stands for an account: the environment leads there, and nothing else tells the commands of it.

/** A view that is of another version than its logic, and what the environment asks for. */
const APP = `
import { Annotations, App, CfnOutput, CfnResource, DefaultStackSynthesizer, Stack } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
const { STACK, QUALIFIER, BROKEN, TIMEOUT = '30', DBPATTERNS_LOCAL_DATABASES = 'none' } = process.env;
const stack = new Stack(new App(), STACK, QUALIFIER ? { synthesizer: new DefaultStackSynthesizer({ qualifier: QUALIFIER }) } : {});
const status = { name: 'browse/Listing', generation: 1, version: '1', declared: '2', due: true, parked: 0, more: false };
const fn = new lambda.Function(stack, 'Fn', {
  runtime: lambda.Runtime.NODEJS_22_X,
  handler: 'index.handler',
  code: lambda.Code.fromInline('exports.handler = async () => (' + JSON.stringify(status) + ');'),
});
const machine = new sfn.CfnStateMachine(stack, 'Rebuild', {
  roleArn: new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('states.amazonaws.com') }).roleArn,
  definitionString: JSON.stringify({ StartAt: 'Start', States: { Start: { Type: 'Task', Resource: fn.functionArn, End: true } } }),
});
machine.addMetadata('cdk-database-patterns', { kind: 'projection', name: 'browse/Listing', stream: 'product', version: '2' });
const queue = new sqs.CfnQueue(stack, 'Queue', { visibilityTimeout: Number(TIMEOUT) });
Annotations.of(stack).addWarningV2('shop:shared', 'this database is shared');
if (BROKEN) new CfnResource(stack, 'Broken', { type: 'AWS::Nowhere::Thing' });
new CfnOutput(stack, 'Databases', { value: DBPATTERNS_LOCAL_DATABASES });
new CfnOutput(stack, 'Url', { value: queue.ref });
`;

let running: LocalCloud;
let directory: string;
let stack: string;

beforeAll(async () => {
  running = await cloud();
  directory = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-account-'));
  fs.symlinkSync(resolve('node_modules'), join(directory, 'node_modules'));
  fs.writeFileSync(join(directory, 'app.mjs'), APP);
  fs.writeFileSync(join(directory, 'cdk.json'), JSON.stringify({ app: 'node app.mjs', build: 'echo building' }));
  const { accessKeyId, secretAccessKey } = clientOptions(running).credentials;
  const keys = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
  fs.writeFileSync(join(directory, 'credentials'), `[shop]\n${keys}`);
  fs.writeFileSync(join(directory, 'config'), '[profile shop]\nregion = us-east-1\n');
});
afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));
beforeEach((context) => {
  stack = unique('Account');
  context.skip(running.target !== 'embedded', 'what stands for an account is the embedded cloud');
});

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a program in the folder of the app, in the environment of somebody who works with the account. */
function run(program: string, args: readonly string[], given: NodeJS.ProcessEnv = {}): Promise<Said> {
  const files = {
    AWS_CONFIG_FILE: join(directory, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(directory, 'credentials'),
  };
  const env = { ...process.env, ...running.environment, ...files, STACK: stack, ...given };
  return new Promise((settle) => {
    execFile(process.execPath, [resolve(program), ...args], { cwd: directory, env }, (error, out, err) => {
      settle({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, out, err });
    });
  });
}

const dbpatterns = (args: readonly string[], given?: NodeJS.ProcessEnv): Promise<Said> =>
  run('cli/bin/dbpatterns.js', args, given);

async function isDeployed(): Promise<boolean> {
  const client = new CloudFormationClient(clientOptions(running));
  const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stack })).catch(() => ({}) as never);
  client.destroy();
  return Stacks.length > 0;
}

describe('dbpatterns deploy --target aws', () => {
  it('is refused before anything is done, where nobody can be asked and --yes is not given', async () => {
    const { code, out, err } = await dbpatterns(['deploy', '--target', 'aws']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^dbpatterns: nobody is there to be asked .* add --yes.*\n$/);
  });

  it.each([
    [['deploy', '--target', 'embedded'], /Allowed is aws; without --target it is the local cloud that runs/],
    [['deploy', '--profile', 'shop'], /--profile shop is for an account: add --target aws/],
    [['local', 'up', '--target', 'aws'], /an account is no local cloud: 'dbpatterns deploy --target aws'/],
    [['projections', 'list', '--account'], /unknown option '--account'/],
  ])('is what leads to an account, and nothing else does: %j', async (args, message) => {
    expect(await dbpatterns(args)).toMatchObject({ code: 1, err: expect.stringMatching(message) });
  });

  it('says what is missing where the environment names no account, or one that is not there', async () => {
    const none = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
    const args = ['deploy', '--target', 'aws', '--yes'];
    expect(await dbpatterns(args, none)).toMatchObject({ code: 1, err: expect.stringMatching(NO_ACCOUNT) });
    expect(await dbpatterns([...args, '--profile', 'shoe'])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/names no account \(.*shoe.*\): set AWS_PROFILE/),
    });
    expect(await dbpatterns(args, { AWS_ACCESS_KEY_ID: 'AKIA0000000000000000' })).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /has keys that AWS does not accept, or not any more \(InvalidClientTokenId: .*sign in again/,
      ),
    });
    const nowhere = { AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined };
    expect(await dbpatterns(args, nowhere)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/names no region: set .*AWS_REGION/),
    });
  });

  it('names the command that bootstraps, and leaves that to its reader', async () => {
    const { code, err } = await dbpatterns(['deploy', '--target', 'aws', '--yes'], { QUALIFIER: 'other' });
    expect(code).toBe(1);
    expect(err).toBe(
      'dbpatterns: account 000000000000 is not bootstrapped for the CDK in us-east-1. Nothing was changed. ' +
        'Do so once, then deploy again:\n  npx cdk bootstrap aws://000000000000/us-east-1 ' +
        '--qualifier other --toolkit-stack-name CDKToolkit-other\n',
    );
    expect(await isDeployed()).toBe(false);
  });

  it(
    'says where it goes, shows permissions, deploys, and says what is due; then nothing differs',
    { timeout: 180_000 },
    async () => {
      const left = { AWS_ENDPOINT_URL_RDS_DATA: running.dataApiEndpoint };
      const first = await dbpatterns(['deploy', '--target', 'aws', '--yes'], left);
      expect(first).toMatchObject({ code: 0, err: '' });
      const lines = first.out.split('\n');
      expect(lines[0]).toContain('Deploying to account 000000000000, us-east-1, at');
      expect(lines[0]).toContain(`, at ${running.endpoint} (AWS_ENDPOINT_URL)`);
      expect(lines[0]).toContain(`, at ${running.dataApiEndpoint} (AWS_ENDPOINT_URL_RDS_DATA)`);
      expect(lines.indexOf('building')).toBe(1);
      expect(first.out.match(/this database is shared/g)).toHaveLength(1);
      expect(first.out).toMatch(
        /IAM Statement Changes[^]*sts:AssumeRole[^]*CREATE_COMPLETE AWS::CloudFormation::Stack/,
      );
      expect(first.out).toContain(`${stack}.Databases = none`);
      expect(first.out).toMatch(
        /browse\/Listing was built with version 1 of its logic, deployed is 2\n .*rebuild browse\/Listing --target aws, or/,
      );

      const keyless = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_REGION: undefined };
      const again = await dbpatterns(['deploy', '--target', 'aws', '--profile', 'shop', '--yes'], keyless);
      expect(again).toMatchObject({ code: 0, err: '' });
      expect(again.out).toContain(`${stack} (no changes)`);
      expect(again.out).not.toMatch(/IAM Statement|UPDATE_COMPLETE/);
      expect(again.out).toContain('rebuild browse/Listing --target aws --profile shop, or deploy with --rebuild');

      const account = { DBPATTERNS_LOCAL_DATABASES: undefined };
      const diff = await run('node_modules/aws-cdk/bin/cdk', ['diff', '--fail', '--no-notices'], account);
      expect(diff).toMatchObject({ code: 0 });
      expect(diff.out + diff.err).toContain('There were no differences');

      const listed = await dbpatterns(['projections', 'list', '--target', 'aws', '--stack', stack]);
      expect(listed.out).toMatch(/browse\/Listing .* 1 \(deployed: 2\) .* due/);
      expect(await dbpatterns(['projections', 'list', '--target', 'aws', '--stack', 'Nowhere'])).toMatchObject({
        err: expect.stringContaining("there is no stack 'Nowhere' in account 000000000000, us-east-1"),
      });
    },
  );

  it('names the resource that failed, and why', async () => {
    const { code, err } = await dbpatterns(['deploy', '--target', 'aws', '--yes'], { BROKEN: 'yes' });
    expect(code).toBe(1);
    expect(err).toMatch(/^dbpatterns: the app could not be deployed:[^]*AWS::Nowhere::Thing/);
  });
});

const NO_ACCOUNT = /the AWS environment names no account \(.+\): set AWS_PROFILE \(or keys\) and AWS_REGION/;

describe('permissions that change in an account', () => {
  it('are shown and asked for by stack; a stack that is refused is left as it was', { timeout: 180_000 }, async () => {
    const account = await awsAccount();
    process.env['STACK'] = stack;
    const asked: string[] = [];
    const options = { account, app: 'node app.mjs', workingDirectory: directory };
    const deployed = (refusal?: Error) =>
      deployToAccount({
        ...options,
        approve: ({ stack: name, text }) => {
          asked.push(name, text);
          return refusal ? Promise.reject(refusal) : Promise.resolve();
        },
      });
    await expect(deployed(new Error('not this'))).rejects.toThrow('not this');
    const shown = [stack, expect.stringMatching(/IAM Statement Changes[^]*sts:AssumeRole/)];
    expect(asked).toEqual(shown);
    expect(await isDeployed()).toBe(false);

    expect(await deployed()).toMatchObject({ [stack]: { Databases: 'none' } });
    // only what changes permissions is asked for
    process.env['TIMEOUT'] = '40';
    await deployed(new Error('not this either'));
    expect(asked).toEqual([...shown, ...shown]);

    await destroyInAccount(options);
    expect(await isDeployed()).toBe(false);
  });
});
