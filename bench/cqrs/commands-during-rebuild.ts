import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import pg from 'pg';
import type { RebuildInput, RebuildStatus } from '../../lambdas/cqrs/index.js';
import type { Measurement, Side } from '../support/measurement.js';
import { deployedChains, type KitChain } from './chain-stack.js';
import { send } from './chain.js';
import { fill, firstCommits } from './filled-outbox.js';

/** How many commits a rebuild has to read for each command that is measured meanwhile: it must not end before them. */
const COMMITS_A_COMMAND = 400;
/** Between two looks at a rebuild, in milliseconds, and after how many one has not got there. */
const LOOK = 100;
const LOOKS = 1200;
/** In seconds; nothing else runs that could work by an older copy of the record for longer. */
const SETTLE = 3;
/** The first calls of a rebuild start functions, which here takes the cores of those that are measured. In milliseconds. */
const STARTING = 2000;

/** As fast as it can, or as slow as its operator has it go, in commits a second. */
const paces = [
  { ending: '', words: 'rebuilt as fast as that goes' },
  { ending: '-limited', words: 'rebuilt with a rate of 100 commits a second', rate: 100 },
];

/**
 * Commands over HTTP while the view behind them is rebuilt, by the state machine and the functions that an application
 * has, against the same commands without. Both go to one database, to which the view's history belongs.
 */
export const commandsDuringRebuilds = paces.map(({ ending, words, rate }): Measurement => ({
  name: `commands-during-rebuild${ending}`,
  what: `a command (PostgreSQL) over HTTP while its view is ${words}, against one without`,
  unit: 'ms',
  better: 'low',
  goal: 1.2,
  effort: { full: { rounds: 10, warmUp: 1, size: 40 }, quick: { rounds: 2, warmUp: 1, size: 10 } },
  async prepare({ cloud, effort: { size }, say }) {
    const running = await cloud();
    say('deploying');
    const { postgres: chain } = await deployedChains(running);
    say('filling the outbox');
    const superuser = new pg.Client(chain.database);
    await superuser.connect();
    await fill(superuser, firstCommits(size * COMMITS_A_COMMAND), true);
    await superuser.end();
    const rebuilds = new Rebuilds(chain, rate);
    const commands = commandsOf(chain, size);
    return {
      kit: async () => {
        await rebuilds.begin();
        const samples = await commands();
        await rebuilds.end();
        return samples;
      },
      bare: commands,
      close: async () => rebuilds.close(),
    };
  },
}));

function commandsOf({ url }: KitChain, count: number): Side {
  return async () => {
    const samples: number[] = [];
    for (let n = 0; n < count; n += 1) {
      const start = performance.now();
      await send(url, randomUUID());
      samples.push(performance.now() - start);
    }
    return samples;
  };
}

/** Rebuilds of the view of a chain, one after the other. */
class Rebuilds {
  private readonly lambda = new LambdaClient();
  private readonly sfn = new SFNClient();

  constructor(
    private readonly chain: KitChain,
    private readonly rate: number | undefined,
  ) {}

  /** Starts one, and returns when it reads history. */
  async begin(): Promise<void> {
    await this.start({ settle: SETTLE, rate: this.rate });
    await until('a rebuild is about to read history', async () => isReading(await this.ask('status')));
    // It waits so long before it does.
    await sleep(SETTLE * 1000 + STARTING);
  }

  /**
   * Ends it and drops what it has filled, which is not measured.
   *
   * @throws Error if it has ended before: what was measured was none of its time.
   */
  async end(): Promise<void> {
    const { job } = await this.ask('stop');
    const executionArn = await this.start({ settle: SETTLE, rollback: true });
    await until('a generation is dropped', async () => {
      const { status } = await this.sfn.send(new DescribeExecutionCommand({ executionArn }));
      if (status !== 'RUNNING' && status !== 'SUCCEEDED') throw new Error(`the rollback ended as ${String(status)}`);
      return status === 'SUCCEEDED';
    });
    if (job === undefined || job.state === 'done' || !isHistoryRead(job.step)) {
      throw new Error(`the rebuild was over before the commands were, at ${job?.step ?? 'nothing'}: fill more commits`);
    }
  }

  close(): void {
    this.lambda.destroy();
    this.sfn.destroy();
  }

  private async start(input: RebuildInput): Promise<string> {
    const { executionArn } = await this.sfn.send(
      new StartExecutionCommand({ stateMachineArn: this.chain.rebuild, input: JSON.stringify(input) }),
    );
    return executionArn ?? '';
  }

  private async ask(step: 'status' | 'stop'): Promise<RebuildStatus> {
    const { Payload, FunctionError } = await this.lambda.send(
      new InvokeCommand({
        FunctionName: this.chain.listing,
        Payload: Buffer.from(JSON.stringify({ dbpatterns: 'rebuild', step })),
      }),
    );
    const text = Buffer.from(Payload ?? []).toString('utf8');
    if (FunctionError !== undefined) throw new Error(`${step} of a rebuild failed: ${text}`);
    return JSON.parse(text) as RebuildStatus;
  }
}

/** @throws Error if it has ended already. */
function isReading({ job }: RebuildStatus): boolean {
  if (job?.state === 'failed' || job?.problem !== undefined)
    throw new Error(`the rebuild failed: ${JSON.stringify(job)}`);
  return job?.state === 'running' && isHistoryRead(job.step);
}

function isHistoryRead(step: string): boolean {
  return step === 'fill' || step === 'verify';
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < LOOKS; look += 1) {
    if (await isSo()) return;
    await sleep(LOOK);
  }
  throw new Error(`in ${(LOOK * LOOKS) / 1000} s it has not come to this: ${what}`);
}
