import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { readGenerations, type Generation } from './generations.js';
import { pause } from './obstacles.js';
import type { System } from './system.js';

/** The views that can be rebuilt, each with the beginning of its logical ids and its table. */
const VIEWS = {
  'the listing': { prefix: 'BrowseProducts', table: 'ListingTable', keys: ['productId', 'category', 'priceBand'] },
  'the totals': { prefix: 'InsightsSales', table: 'TotalsTable', keys: ['day'] },
} as const;

export type RebuiltView = keyof typeof VIEWS;

/** Where the items lie that readers see of a view. */
export function readView(system: System, view: RebuiltView): ReturnType<typeof readGenerations> {
  const { table, keys } = VIEWS[view];
  return readGenerations(system.shop.outputs[table], keys);
}

/** A rebuild has to get there within this time, in milliseconds, however often it is killed. */
const WITHIN = 180_000;

/** Has the state machine of a view rebuild it, and resumes what did not survive. */
export class Rebuilding {
  private readonly client = new SFNClient();

  constructor(
    private readonly system: System,
    private readonly view: RebuiltView,
    /** After so many seconds no function works by an older copy of the record: its time-out and a little more. */
    private readonly settle: number,
  ) {}

  /** Until readers see the new generation. `keep`: for how many seconds the one of before stays. */
  async forward(keep: number): Promise<void> {
    const { live: before } = await this.generation();
    await this.run({ keep, segments: 2 }, ({ live, next }) => live > before && next === undefined);
  }

  /** Until readers see the generation of before. */
  async back(): Promise<void> {
    const { live: newer } = await this.generation();
    await this.run({ rollback: true }, ({ live, next }) => live !== newer && next === undefined);
  }

  /** Stops at the next step. */
  async stop(): Promise<void> {
    const handler = { 'the listing': 'BrowseHandlerbrowselisting', 'the totals': 'InsightsHandlerinsightstotals' };
    await this.system.shop.invoke(handler[this.view], { dbpatterns: 'rebuild', step: 'stop' }).catch(() => undefined);
  }

  private async run(input: Readonly<Record<string, unknown>>, isThere: (is: Generation) => boolean): Promise<void> {
    const end = performance.now() + WITHIN;
    let execution = await this.start(input);
    while (!isThere(await this.generation())) {
      await pause(200);
      const { status, error, cause } = await this.client.send(
        new DescribeExecutionCommand({ executionArn: execution }),
      );
      const is = await this.generation();
      if (performance.now() > end) {
        const why = `${status} ${error ?? ''} ${cause ?? ''}`;
        throw new Error(`the rebuild of ${this.view} does not get on: ${why} at ${JSON.stringify(is)}`);
      }
      // One that died before it noted anything has nothing to go on with.
      const isNoted = is.job !== undefined && is.job.state !== 'done' && is.job.step !== 'drop';
      if (status !== 'RUNNING' && !isThere(is)) execution = await this.start(isNoted ? { resume: true } : input);
    }
  }

  private async start(input: Readonly<Record<string, unknown>>): Promise<string> {
    const stateMachineArn = this.system.shop.physical(VIEWS[this.view].prefix, 'AWS::StepFunctions::StateMachine');
    const content = JSON.stringify({ ...input, settle: this.settle });
    const { executionArn = '' } = await this.client.send(
      new StartExecutionCommand({ stateMachineArn, input: content }),
    );
    return executionArn;
  }

  private async generation(): Promise<Generation> {
    return (await readView(this.system, this.view)).generation;
  }
}
