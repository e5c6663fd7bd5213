import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import { join, resolve } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import {
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib/core';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { dueRebuilds } from '../../cli/deploy/rebuilds.js';
import { rebuildDue } from '../../cli/projections/due.js';
import { findProjections } from '../../cli/projections/find.js';
import { machineOf } from '../../cli/projections/rebuild.js';
import { targetOn } from '../../cli/target.js';
import { commitText } from '../../lambdas/cqrs/envelope.js';
import { CommandApi, CommitStore, DomainEvents, DynamoDbStore, Projection, Service, View } from '../../lib/index.js';
import { deploy } from '../../local/index.js';
import { cloud, unique } from '../support/cloud.js';

let directory: string;
let stackName: string;
let outputs: Record<string, string>;

beforeAll(async () => {
  directory = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-projections-'));
  fs.mkdirSync(join(directory, '.local'));
  fs.symlinkSync(inject('localCloud'), join(directory, '.local', 'state'));
  await cloud();
  stackName = unique('Shop');
  await deployLogic('1');
});

afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

/** Deploys the shop with a version of its projection's logic. */
async function deployLogic(logic: string): Promise<void> {
  const folder = join(directory, `listing-${logic}`);
  await build({
    entryPoints: [resolve('test/cli/projections/listing.ts')],
    outfile: join(folder, 'index.mjs'),
    define: { LOGIC: JSON.stringify(logic) },
    bundle: true,
    format: 'esm',
    platform: 'node',
    mainFields: ['module', 'main'],
    external: ['@aws-sdk/*', '@smithy/*'],
  });
  const running = await cloud();
  const deployed = await deploy({
    cloud: running,
    app: (outdir) => {
      const app = new App({ outdir, analyticsReporting: false });
      const env = { account: running.accountId, region: running.region };
      shop(new Stack(app, stackName, { env }), folder, logic);
      return app;
    },
  });
  outputs = deployed[stackName]!;
}

function shop(stack: Stack, folder: string, version: string): void {
  const events = new DomainEvents(stack, 'Events');
  const catalog = new Service(stack, 'Catalog', { events });
  const store = new CommitStore(catalog, 'Products', { development: true });
  const unused = new lambda.Function(catalog, 'Commands', {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = async () => ({});'),
  });
  const { stream } = new CommandApi(catalog, 'Api', { store, handler: unused, stream: 'product' });
  const browse = new Service(stack, 'Browse', { events });
  const view = new DynamoDbStore(browse, 'View', { partitionKey: 'id', development: true });
  const handler = new lambda.Function(browse, 'Handler', {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromAsset(folder),
    timeout: Duration.seconds(20),
  });
  new Projection(browse, 'Listing', { of: stream, into: View.entity(view), handler, version, parkAfter: 2 });
  new CfnOutput(stack, 'Commits', { value: store.table.tableName });
  new CfnOutput(stack, 'View', { value: view.table.tableName });
}

const versions = new Map<string, number>();

/** Appends a commit as a command does; the table's stream publishes it. */
async function commit(id: string, price: number): Promise<void> {
  const subject = `product/${id}`;
  const version = 1 + (versions.get(subject) ?? 0);
  versions.set(subject, version);
  const text = commitText({
    service: 'catalog',
    stream: subject,
    time: new Date(),
    correlationId: 'test',
    causationId: 'test',
    events: [{ type: version === 1 ? 'Created' : 'Priced', v: 1, data: { price } }],
  });
  const key = { stream: subject, version: String(version).padStart(10, '0') };
  const item = {
    ...key,
    commit: text,
    command: `${subject}@${version}`,
    fingerprint: 'test',
    at: Math.floor(Date.now() / 1000),
  };
  await documents().send(new PutCommand({ TableName: outputs['Commits'], Item: item }));
}

async function stored(key: string): Promise<Record<string, unknown> | undefined> {
  const { Item } = await documents().send(
    new GetCommand({ TableName: outputs['View'], Key: { id: key }, ConsistentRead: true }),
  );
  return Item;
}

const documents = () => DynamoDBDocumentClient.from(new DynamoDBClient({}));

async function eventually<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  const end = Date.now() + 30_000;
  for (;;) {
    const value = await read();
    if (holds(value) || Date.now() > end) return value;
    await new Promise((settle) => setTimeout(settle, 100));
  }
}

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function dbpatterns(...args: string[]): Promise<Ended> {
  return new Promise((settle) => {
    execFile(process.execPath, [resolve('cli/bin/dbpatterns.js'), ...args], { cwd: directory }, (error, out, err) => {
      settle({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, out, err });
    });
  });
}

const projections = (...args: string[]): Promise<Ended> => dbpatterns('projections', ...args, '--stack', stackName);

/** What a function's time-out makes the settle time would make this test as long. */
const SOON = ['--settle', '1'];
const SOON_IN_PARTS = [...SOON, '--segments', '2'];

async function stateMachine(): Promise<string> {
  const { stateMachines = [] } = await new SFNClient({}).send(new ListStateMachinesCommand({}));
  return stateMachines.find(({ stateMachineArn }) => stateMachineArn?.includes(stackName))!.stateMachineArn!;
}

/** How the executions of rebuilds stand. */
async function executions(): Promise<(string | undefined)[]> {
  const { executions: all = [] } = await new SFNClient({}).send(
    new ListExecutionsCommand({ stateMachineArn: await stateMachine() }),
  );
  return all.map(({ status }) => status);
}

/** What is said to a terminal in this process, while something is done in it. */
async function heard(action: () => Promise<unknown>): Promise<{ out: string[]; err: string[]; code: unknown }> {
  const [out, err]: [string[], string[]] = [[], []];
  const before = process.exitCode;
  const log = vi.spyOn(console, 'log').mockImplementation((line) => void out.push(String(line)));
  const error = vi.spyOn(console, 'error').mockImplementation((line) => void err.push(String(line)));
  try {
    await action();
    return { out, err, code: process.exitCode };
  } finally {
    log.mockRestore();
    error.mockRestore();
    process.exitCode = before;
  }
}

describe('dbpatterns projections', () => {
  it('lists what is deployed, and names it where it is asked for another', async () => {
    const { out, err } = await projections('list');
    expect(err).toBe('');
    expect(out).toMatch(new RegExp(`browse/Listing +${stackName} +product +1 +1 +0`));
    const unknown = await projections('status', 'Lsting');
    expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining(`browse/Listing (${stackName})`) });
    expect(await dbpatterns('projections', 'list', '--stack', 'Nowhere')).toMatchObject({
      code: 1,
      err: expect.stringMatching(new RegExp(`there is no stack 'Nowhere' in the local cloud: .*${stackName}`)),
    });
    expect((await projections('status', 'listing')).err).toContain(`do you mean browse/Listing (${stackName})?`);
    expect((await projections('show', 'Listing', 't1')).err).toContain("'t1' is no stream of 'product'");
    expect((await projections('show', 'Listing', 't1')).err).toContain('product/t1?');
    expect((await projections('retry', 'Listing', '--al')).err).toContain('(dbpatterns projections retry --help');
  });

  it('answers for a reaction that it keeps no view', () => {
    const reaction = { name: 'desk/Mails', stack: stackName, stream: 'ticket', declared: '1', functionName: 'Mails' };
    expect(() => machineOf(reaction)).toThrow('desk/Mails keeps no view: there is nothing to rebuild');
  });

  it('rebuilds a view for a new version of its logic, and returns to the one of before', async () => {
    for (const price of [1, 2, 3]) await commit('a', price);
    await commit('b', 5);
    await eventually(
      () => stored('a'),
      (item) => item?.['_version'] === 3,
    );
    await deployLogic('2');
    expect((await projections('list')).out).toMatch(/1 \(deployed: 2\) +0 +due/);

    const rebuilt = await projections('rebuild', 'Listing', ...SOON_IN_PARTS);
    expect(rebuilt.out).toContain('readers see generation 2, version 2');
    expect(rebuilt.out).toMatch(/then is filled[^]*generation 1: kept until/);
    expect(await stored('_g2#a')).toMatchObject({ price: 3, logic: '2', _version: 3 });
    const { out } = await projections('status', 'Listing', '--json');
    expect(JSON.parse(out)).toMatchObject({ generation: 2, due: false, job: { state: 'running', step: 'drop' } });

    await commit('b', 6);
    await eventually(
      () => stored('b'),
      (item) => item?.['_version'] === 2,
    );
    const back = await projections('rollback', 'Listing', ...SOON);
    expect(back).toMatchObject({ code: 0, out: expect.stringContaining('readers see generation 1, version 1') });
    expect(await stored('b')).toMatchObject({ price: 6, _version: 2 });

    // The execution that was taken over from finds that out by itself: to end it would ring the alarm of those that are.
    expect(await executions()).toEqual(['RUNNING', 'RUNNING']);
  });

  it('says after a deployment what is due, of every stack that answers', async () => {
    const { out, err, code } = await heard(async () =>
      dueRebuilds(targetOn(await cloud()), ['Nowhere', stackName], false),
    );
    expect(out[0]).toBe('browse/Listing was built with version 1 of its logic, deployed is 2');
    expect(out[1]).toContain('dbpatterns projections rebuild browse/Listing');
    expect(err).toEqual([expect.stringContaining("there is no stack 'Nowhere'")]);
    expect(code).toBeUndefined();
  });

  it('shows what is parked, retries it, and discards it when it is told so', async () => {
    await deployLogic('superstitious');
    await commit('poison', 12);
    await commit('poison', 13);
    await commit('poison', 14);
    const { out } = await eventually(
      () => projections('parked', 'Listing'),
      (answer) => answer.out.includes('product/poison'),
    );
    expect(out).toMatch(
      /product\/poison +2 .*handler-failed: the handler of Priced failed at product\/poison@2\.0: Error/,
    );
    const shown = await projections('show', 'Listing', 'product/poison');
    expect(shown.out).toMatch(/event {3}Priced v1$/m);
    expect((await projections('show', 'Listing', 'product/poison', '--data')).out).toContain('Priced v1 {"price":13}');
    expect(await projections('retry', 'Listing', '--all')).toMatchObject({
      code: 1,
      out: expect.stringContaining('product/poison is parked again before version 2 in generation'),
    });
    expect(await projections('discard', 'Listing', 'product/poison')).toMatchObject({
      code: 1,
      err: expect.stringContaining('--yes'),
    });
    expect(await projections('discard', 'Listing', 'product/poison', '--yes')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/product\/poison follows at version 3 in generation[^]*A later rebuild/),
    });
    expect((await projections('parked', 'Listing')).out).toContain('nothing is parked');
  });

  it('says that nobody works on a rebuild whose execution has ended, and tells why one is refused, which has not failed', async () => {
    const client = new SFNClient({});
    const input = JSON.stringify({ settle: 20, segments: 2 });
    const { executionArn } = await client.send(
      new StartExecutionCommand({ stateMachineArn: await stateMachine(), input }),
    );
    const status = () => projections('status', 'Listing');
    // What the one of before has kept is dropped first, once nobody can be reading it.
    expect((await eventually(status, ({ out }) => out.includes('is dropped'))).out).toContain('is dropped');
    const running = await projections('rebuild', 'Listing');
    expect(running).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /browse\/Listing: a rebuild was begun already, its job is running at drop[^]*waits \d+ s/,
      ),
    });
    const resumed = await projections('resume', 'Listing');
    expect(resumed).toMatchObject({ code: 1, err: expect.stringContaining('a rebuild is on its way already') });
    expect((await status()).out).toMatch(/waits \d+ s until no function works by the state of before/);

    await client.send(new StopExecutionCommand({ executionArn }));
    const { out } = await status();
    expect(out).toContain('nobody works on the rebuild any more, its execution is ABORTED');
    expect(out).toContain('dbpatterns projections resume browse/Listing');
    expect((await projections('list')).out).toContain('its execution is ABORTED');
    expect(JSON.parse((await projections('status', 'Listing', '--json')).out)).toMatchObject({ ended: 'ABORTED' });

    const failures = async () => (await executions()).filter((one) => one !== 'SUCCEEDED' && one !== 'RUNNING').length;
    const before = await failures();
    const refused = await projections('rebuild', 'Listing');
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('its execution is ABORTED') });
    expect(refused.err).toContain('a rebuild was begun already');
    expect((await projections('resume', 'Listing', '--settle', '-1')).err).toContain(
      'settle is -1; allowed: seconds from 0',
    );
    expect(await failures()).toBe(before);
  });

  it('goes on after what only the new generation cannot apply was discarded in it, by its name', async () => {
    const failed = await projections('resume', 'Listing', ...SOON);
    expect(failed).toMatchObject({ code: 1, out: expect.stringMatching(/the rebuild failed.*product\/poison/) });
    const due = await projections('rebuild', '--due');
    expect(due).toMatchObject({ code: 1, out: expect.stringContaining('the rebuild failed') });

    expect((await projections('parked', 'Listing')).out).toMatch(/product\/poison +2 +3 \(/);
    const beside = 'in generation 3, which readers do not see';
    expect((await projections('show', 'Listing', 'product/poison')).out).toContain(beside);
    const asked = await projections('discard', 'Listing', 'product/poison');
    expect(asked.out).toMatch(/product\/poison +2 +3 \(readers do not see it\)/);
    expect(asked.err).toContain('browse/Listing will never have version 2 of product/poison. Discard it?');
    expect(await projections('discard', 'Listing', 'product/poison', '--yes')).toMatchObject({
      code: 0,
      out: expect.stringContaining(`product/poison follows at version 3 ${beside}`),
    });
    const done = await projections('resume', 'Listing', ...SOON);
    expect(done).toMatchObject({ code: 0, out: expect.stringContaining('readers see generation 3') });
  });

  it('rebuilds all that are due, whatever is wrong with one of them', async () => {
    expect(await projections('rebuild')).toMatchObject({ code: 1, err: expect.stringContaining('--due') });
    await deployLogic('4');
    const target = targetOn(await cloud());
    const [listing] = await findProjections(target, stackName);
    const silent = { ...listing!, name: 'browse/Silent', functionName: 'Nowhere' };
    const { out, err, code } = await heard(() => rebuildDue(target, [silent, listing!], { settle: 1, segments: 2 }));
    expect(out[0]).toBe('browse/Listing was built with version superstitious of its logic, deployed is 4');
    expect(out.at(-1)).toContain('readers see generation 4, version 4');
    expect(err).toEqual([expect.stringContaining('browse/Silent')]);
    expect(code).toBe(1);
    expect(await projections('rebuild', '--due')).toMatchObject({ code: 0, out: 'no view is due to be rebuilt\n' });
  });

  it('says that nothing can be stopped where nothing is on its way', async () => {
    expect(await projections('stop', 'Listing')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/readers have moved|nothing to stop/),
    });
  });

  it('counts a view that somebody else begins to rebuild meanwhile as good', async () => {
    await deployLogic('5');
    const target = targetOn(await cloud());
    const client = new SFNClient({});
    const machine = await stateMachine();
    // Just before it is started, somebody else has started it.
    let begun = '';
    target.stepFunctions.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName === 'StartExecutionCommand') {
            const started = await client.send(
              new StartExecutionCommand({ stateMachineArn: machine, input: '{"settle":20}' }),
            );
            begun = started.executionArn!;
            await eventually(
              () => projections('status', 'Listing'),
              ({ out }) => out.includes('waits'),
            );
          }
          return next(args);
        },
      { step: 'initialize' },
    );
    const { out, err, code } = await heard(async () => rebuildDue(target, await findProjections(target, stackName)));
    expect({ err, code }).toEqual({ err: [], code: undefined });
    expect(out.at(-1)).toMatch(/^browse\/Listing: generation \d: waits \d+ s/);
    await client.send(new StopExecutionCommand({ executionArn: begun }));
  });
});

describe('dbpatterns commits', () => {
  const republish = (...args: string[]): Promise<Ended> =>
    dbpatterns('commits', 'republish', 'catalog/products', '--stack', stackName, ...args);

  it('names the stores that there are, as the app does', async () => {
    const { code, err } = await dbpatterns(
      'commits',
      'republish',
      'Nope',
      '--from',
      '2020-01-01',
      '--stack',
      stackName,
    );
    expect({ code, err }).toEqual({
      code: 1,
      err: `dbpatterns: there is no store of commits 'Nope' in the local cloud: catalog/Products (${stackName})\n`,
    });
  });

  it('publishes what a store has kept since a time once more, from where it is told to go on', async () => {
    const { out, err } = await republish('--from', '2020-01-01T00:00:00Z');
    expect({ out, err }).toMatchObject({ out: expect.stringMatching(/[1-9]\d* published/), err: '' });
    expect(await republish('--from', '2020-01-01T00:00:00Z', '--cursor', 'nonsense')).toMatchObject({
      code: 1,
      err: expect.stringContaining('this cursor is not'),
    });
  });
});
