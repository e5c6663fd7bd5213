import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeExecutionCommand,
  ExecutionStatus,
  SFNClient,
  StartExecutionCommand,
  type DescribeExecutionCommandOutput,
} from '@aws-sdk/client-sfn';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { CfnOutput, Duration, type Stack } from 'aws-cdk-lib/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandApi, CommitStore, DomainEvents, DynamoDbStore, Projection, Service, View } from '../../../lib/index.js';
import { deployStack } from '../../support/cloud.js';
import { newHandler } from '../support/synthesis.js';

interface Call {
  readonly step: string;
  readonly job: string;
  readonly segment?: number;
  readonly input?: object;
  readonly error?: string;
}

/** Stands for a projection's function: answers as the rebuild's protocol says, and writes down what it was asked. */
const FUNCTION = `
const fs = require('fs');
exports.handler = async (event) => {
  const file = process.env.CALLS + '/' + event.job.split(':').pop();
  fs.appendFileSync(file, JSON.stringify(event) + '\\n');
  const calls = fs.readFileSync(file, 'utf8').trim().split('\\n').map(JSON.parse);
  const { scenario } = calls[0].input;
  const times = calls.filter((call) => call.step === event.step && call.segment === event.segment).length;
  const todo = (step, segments = []) => ({ step, wait: 0, segments });
  if (scenario === 'killed' && event.step !== 'fill' && times === 1) process.kill(process.pid, 'SIGKILL');
  switch (event.step) {
    case 'start': return todo('fill', [0, 1, 2]);
    case 'fill':
      if (event.segment === 1 && times === 1) throw Object.assign(new Error('away'), { name: 'RebuildUnavailableError' });
      if (event.segment === 1 && scenario === 'fault') throw Object.assign(new Error('odd'), { name: 'RebuildError' });
      return { done: times > 2, wait: event.segment === 2 ? 1 : 0 };
    case 'next':
      if (scenario === 'anew') return times > 1 ? todo('done') : todo('begin');
      return times > 1 ? todo('ready') : scenario === 'left' ? todo('fill', [2]) : todo('verify', [0]);
    case 'verify': return { done: true, wait: 0 };
    case 'ready': return todo(scenario === 'stop' ? 'stopped' : scenario === 'fail' ? 'failed' : 'swap');
    case 'swap':
      if (scenario.startsWith('odd')) throw Object.assign(new Error('odd'), { name: 'TypeError' });
      return todo(scenario === 'later' ? 'boil' : 'done');
    case 'fail':
      if (scenario === 'odder') throw Object.assign(new Error('odder'), { name: 'TypeError' });
      return todo('failed');
  }
};`;

const client = new SFNClient();
let folder: string;
let stateMachineArn: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dbpatterns-rebuild-'));
  const { outputs } = await deployStack('Rebuild', shop);
  stateMachineArn = outputs['StateMachine']!;
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function shop(stack: Stack): void {
  const events = new DomainEvents(stack, 'Events');
  const sales = new Service(stack, 'Sales', { events });
  const store = new CommitStore(sales, 'Invoices', { development: true });
  const { stream } = new CommandApi(sales, 'Commands', { store, handler: newHandler(sales), stream: 'sale' });
  const view = new DynamoDbStore(sales, 'View', { partitionKey: 'sale', development: true });
  const handler = new lambda.Function(sales, 'Rebuilt', {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline(FUNCTION),
    environment: { CALLS: folder },
    timeout: Duration.seconds(20),
  });
  const { rebuild } = new Projection(sales, 'Sums', { of: stream, into: View.entity(view), handler });
  new CfnOutput(stack, 'StateMachine', { value: rebuild!.stateMachineArn });
}

async function run(input: object): Promise<DescribeExecutionCommandOutput & { calls: Call[] }> {
  const { executionArn } = await client.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
  );
  let execution: DescribeExecutionCommandOutput;
  do {
    await new Promise((resolve) => setTimeout(resolve, 100));
    execution = await client.send(new DescribeExecutionCommand({ executionArn }));
  } while (execution.status === ExecutionStatus.RUNNING);
  const file = join(folder, execution.executionArn!.split(':').pop()!);
  const calls = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Call);
  return { ...execution, calls };
}

describe.concurrent('the state machine of a rebuild', () => {
  it('does each segment until it is done, then one step after the other until it is over', async () => {
    const { status, calls, executionArn } = await run({ scenario: 'well', rate: 50 });
    expect(status).toBe('SUCCEEDED');
    expect(new Set(calls.map(({ job }) => job))).toEqual(new Set([executionArn]));
    const [start, ...others] = calls;
    expect(start).toMatchObject({ step: 'start', input: { rate: 50 }, keep: 86_400 });
    const portions = others.filter(({ step }) => step === 'fill').map(({ segment }) => segment);
    expect(portions.toSorted()).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
    expect(others.filter(({ step }) => step !== 'fill').map(({ step, segment }) => [step, segment])).toEqual([
      ['next', undefined],
      ['verify', 0],
      ['next', undefined],
      ['ready', undefined],
      ['swap', undefined],
    ]);
  });

  it('goes on with the segments that are left', async () => {
    const { status, calls } = await run({ scenario: 'left' });
    expect(status).toBe('SUCCEEDED');
    const afterwards = calls.findIndex(({ step }) => step === 'next');
    expect(calls.slice(afterwards + 1).map(({ step, segment }) => [step, segment])).toEqual([
      ['fill', 2],
      ['next', undefined],
      ['ready', undefined],
      ['swap', undefined],
    ]);
  });

  it('asks what is next where the function ended before it began', async () => {
    const { status, calls } = await run({ scenario: 'anew' });
    expect([status, ...calls.slice(-2).map(({ step }) => step)]).toEqual(['SUCCEEDED', 'next', 'next']);
  });

  it('goes on by itself where its function was killed', async () => {
    const { status, calls } = await run({ scenario: 'killed' });
    const steps = calls.filter(({ step }) => step !== 'fill').map(({ step }) => step);
    expect([status, ...steps]).toEqual([
      'SUCCEEDED',
      'start',
      'start',
      'next',
      'next',
      'ready',
      'ready',
      'swap',
      'swap',
    ]);
  });

  it('ends well where it was stopped', async () => {
    const { status, calls } = await run({ scenario: 'stop' });
    expect([status, calls.at(-1)?.step]).toEqual(['SUCCEEDED', 'ready']);
  });

  it('fails where the rebuild has failed', async () => {
    expect(await run({ scenario: 'fail' })).toMatchObject({ status: 'FAILED', error: 'rebuild-failed' });
  });

  it('fails with the fault of a segment and its cause, and does not try that again', async () => {
    const { status, error, cause, calls } = await run({ scenario: 'fault' });
    expect([status, error]).toEqual(['FAILED', 'RebuildError']);
    expect(cause).toContain('odd');
    expect(calls.filter(({ segment }) => segment === 1)).toHaveLength(2);
    expect(calls.at(-1)).toMatchObject({ step: 'fail', error: 'RebuildError' });
  });

  it.each(['odd', 'odder'])('says with which error it has given up, and fails with that: %s', async (scenario) => {
    const { status, error, cause, calls, executionArn } = await run({ scenario });
    expect([status, error]).toEqual(['FAILED', 'TypeError']);
    expect(cause).toContain('odd');
    expect(calls.at(-1)).toEqual({ dbpatterns: 'rebuild', step: 'fail', job: executionArn, error: 'TypeError' });
  });

  it('fails at a step that it does not know', async () => {
    expect(await run({ scenario: 'later' })).toMatchObject({ status: 'FAILED', error: 'rebuild-unknown-step' });
  });
});
