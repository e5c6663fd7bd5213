import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { Call } from './calls.js';
import { generationOf, type Generation } from './generations.js';
import { pause, type Struck } from './obstacles.js';
import type { System } from './system.js';
import { VIEWS, type ViewName } from './views.js';

/**
 * A rebuild has to note something new within this time, in milliseconds, however often it is killed. Its state machine
 * waits up to a minute before it tries again.
 */
const WITHIN = 150_000;

/** For so many seconds a generation is kept that a rollback returns to. */
const KEPT = 600;

/** Why a rebuild fails that nobody disturbs: no other attempt would do better. */
const FINAL = ['differs', 'parked', 'history-expired'];

/** What is told of a rebuild besides the steps at which it was killed. */
export const STOPPED = 'the rebuild, which was stopped';
export const RESUMED = 'the rebuild, which was resumed';

/** Has the state machine of a view rebuild it: it goes on by itself after a kill, and is resumed where it was stopped. */
export class Rebuilding {
  private readonly client = new SFNClient();

  constructor(
    private readonly system: System,
    private readonly view: ViewName,
    /** Told of what was done to it. */
    private readonly struck: Struck,
  ) {}

  /**
   * Until one generation is left: the new one, or after readers have seen it the one of before.
   *
   * @returns what went wrong, in words
   */
  async through(back: boolean): Promise<string[]> {
    const before = (await this.generation())?.live ?? 1;
    const isDone = ({ job }: Generation): boolean => job?.state === 'done';
    if (!back) return this.run({ keep: 0, segments: 2 }, (is) => is.live > before && isDone(is));
    const wrong = await this.run({ keep: KEPT, segments: 2 }, (is) => is.live > before && is.next === undefined);
    if (wrong.length > 0) return wrong;
    return this.run({ rollback: true, keep: 0 }, (is) => is.live === before && isDone(is));
  }

  /** Stops at the next step: again and again, because who stops it may be killed, until it has or there is nothing left. */
  async stop(isOver: () => boolean): Promise<void> {
    const request = { dbpatterns: 'rebuild', step: 'stop' };
    while (!isOver()) {
      const stopped = this.system.shop.invoke(VIEWS[this.view].handler, request);
      const isStopped = await stopped.then(
        () => true,
        () => false,
      );
      if (isStopped) {
        this.struck(STOPPED);
        return;
      }
      await pause(200);
    }
  }

  private async run(input: Readonly<Record<string, unknown>>, isThere: (is: Generation) => boolean): Promise<string[]> {
    let [noted, end] = [0, performance.now() + WITHIN];
    let execution = await this.start(input);
    for (;;) {
      await pause(200);
      const is = await this.generation();
      if (is === undefined) continue;
      if (isThere(is)) return [];
      if (is.revision !== noted) [noted, end] = [is.revision, performance.now() + WITHIN];
      const problem = is.job?.state === 'failed' ? is.job.problem : undefined;
      if (problem !== undefined && FINAL.includes(problem.code)) {
        return [`the rebuild of ${this.view}: ${problem.code}, ${problem.message}: ${problem.streams.join(', ')}`];
      }
      const { status, error, cause } = await this.client.send(
        new DescribeExecutionCommand({ executionArn: execution }),
      );
      if (performance.now() > end) {
        const why = `${status} ${error ?? ''} ${cause ?? ''}`;
        return [`the rebuild of ${this.view}: ${why} at ${JSON.stringify(is)}`];
      }
      if (status === 'RUNNING') continue;
      if (status === 'FAILED' && error?.startsWith('Runtime.') === true) {
        return [
          `the rebuild of ${this.view} did not go on by itself: ${error} ${cause ?? ''} at ${JSON.stringify(is)}`,
        ];
      }
      // One that died before it noted anything has nothing to go on with.
      const isNoted = is.job !== undefined && is.job.state !== 'done' && is.job.rollback === input['rollback'];
      if (is.job?.state === 'stopped') this.struck(RESUMED);
      execution = await this.start(isNoted ? { resume: true } : input);
    }
  }

  private async start(input: Readonly<Record<string, unknown>>): Promise<string> {
    const stateMachineArn = this.system.shop.physical(VIEWS[this.view].projection, 'AWS::StepFunctions::StateMachine');
    const { executionArn = '' } = await this.client.send(
      new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
    );
    return executionArn;
  }

  /** The record of the view's generations, while what keeps it can be asked. */
  private async generation(): Promise<Generation | undefined> {
    return generationOf(this.system, this.view).catch(() => undefined);
  }
}

/**
 * The step of a rebuild that a call notes in the record of a view's generations, in DynamoDB or in PostgreSQL. The way back
 * has steps of its own, and so has what is verified for the second time.
 */
export function stepNoted({ name, body }: Pick<Call, 'name' | 'body'>): string | undefined {
  const text = body.toString();
  const record = name === 'PutItem' ? inItem(text) : name === 'Execute' ? inStatement(text) : undefined;
  if (record?.job === undefined) return undefined;
  const { job, beside } = record;
  const step = job.step === 'verify' && beside?.phase === 'ready' ? 'verify again' : job.step;
  return job.rollback === true ? `${step} on the way back` : step;
}

interface Noted {
  readonly beside?: { readonly phase: string };
  readonly job?: { readonly step: string; readonly rollback?: boolean };
}

/** The record as an item of DynamoDB, whose attributes each say their type. */
function inItem(text: string): Noted | undefined {
  const { Item } = JSON.parse(text) as { readonly Item?: Readonly<Record<string, Attribute>> };
  const record = Item?.['_generation'];
  return record?.M === undefined ? undefined : (plain(record) as Noted);
}

interface Attribute {
  readonly M?: Readonly<Record<string, Attribute>>;
  readonly S?: string;
  readonly BOOL?: boolean;
}

/** Maps, texts and truths; nothing else of the record matters here. */
function plain({ M, S, BOOL }: Attribute): unknown {
  if (M === undefined) return S ?? BOOL;
  return Object.fromEntries(Object.entries(M).map(([name, attribute]) => [name, plain(attribute)]));
}

/** The record as the parameter of a statement. */
function inStatement(text: string): Noted | undefined {
  const { sql, parameters = [] } = JSON.parse(text) as {
    readonly sql?: string;
    readonly parameters?: readonly { readonly name: string; readonly value: { readonly stringValue?: string } }[];
  };
  if (sql === undefined || !/write_record/.test(sql)) return undefined;
  const record = parameters.find(({ name }) => name === 'record')?.value.stringValue;
  return record === undefined ? undefined : (JSON.parse(record) as Noted);
}
