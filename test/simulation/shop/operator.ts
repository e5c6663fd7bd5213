import type { World } from '../core/world.js';
import type { Ended } from '../models/lambda.js';
import type { RebuildPlan } from './plan.js';
import type { Shop } from './shop.js';

interface Todo {
  readonly step: string;
  readonly wait: number;
  readonly segments: readonly number[];
}

/** What a task of the state machine is tried again for. */
const GOES_AWAY = new Set([
  'RebuildUnavailableError',
  'Lambda.SdkClientException',
  'Lambda.Unknown',
  'Lambda.TooManyRequestsException',
]);
const ATTEMPTS = 8;
const LONGEST_PAUSE = 60_000;
const MAPPED = new Set(['fill', 'verify', 'totals']);
/** The step before it was done, and the function ended before it began this one: it is asked what is next. */
const BEGIN = 'begin';
const ENDS = new Set(['done', 'stopped', 'superseded', 'failed']);

/** Who rebuilds views: plays the part of the state machine, and that of whoever stops and resumes it. */
export class Operator {
  private executions = 0;
  private isOver = true;
  private readonly waiting: { readonly step: string; readonly go: () => void }[] = [];
  private readonly seen = new Set<string>();
  private calls = 0;

  constructor(
    private readonly world: World,
    private readonly shop: Shop,
  ) {}

  /** Follows a plan from now on. */
  async follow({ view, wait, input, meddling }: RebuildPlan): Promise<void> {
    this.isOver = false;
    await this.wait(wait);
    const first = this.execute(view, input);
    void first.then(() => this.pass());
    for (const { wait: pause, what } of meddling) {
      await this.wait(pause);
      if (what === 'stop') await this.stop(view);
      else void this.execute(view, what === 'start' ? input : { ...input, [what]: true });
    }
  }

  /** Waits until an execution has come to a step, or the first one has ended. */
  reached(step: string): Promise<void> {
    if (this.isOver || this.seen.has(step)) return Promise.resolve();
    return new Promise((go) => this.waiting.push({ step, go }));
  }

  private pass(step?: string): void {
    if (step === undefined) this.isOver = true;
    else this.seen.add(step);
    for (const one of [...this.waiting]) {
      if (step !== undefined && one.step !== step) continue;
      this.waiting.splice(this.waiting.indexOf(one), 1);
      one.go();
    }
  }

  /** One execution of the state machine, from its start to its end. */
  async execute(view: string, input: object): Promise<void> {
    const job = `rebuild-${(this.executions += 1)}`;
    this.tell(job, `begins to rebuild ${view}: ${JSON.stringify(input)}`);
    try {
      let todo = (await this.task(view, { step: 'start', job, input }, job)) as Todo;
      while (!ENDS.has(todo.step)) {
        this.tell(
          job,
          `${todo.step} in ${todo.wait} s${todo.segments.length > 0 ? `, segments ${todo.segments.join(' ')}` : ''}`,
        );
        this.pass(todo.step);
        await this.wait(todo.wait * 1000);
        const { step, segments } = todo;
        if (MAPPED.has(step)) {
          await Promise.all(segments.map((segment) => this.segment(view, step, job, segment)));
          todo = (await this.task(view, { step: 'next', job }, job)) as Todo;
        } else todo = (await this.task(view, { step: step === BEGIN ? 'next' : step, job }, job)) as Todo;
      }
      this.tell(job, `ends: ${todo.step}`);
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      this.tell(job, `ends in error: ${name}: ${message}`);
      await this.giveUp(view, job, name);
    }
  }

  /** Its last task, which says that nobody works on the rebuild any more. */
  private async giveUp(view: string, job: string, error: string): Promise<void> {
    try {
      await this.task(view, { step: 'fail', job, error }, job);
    } catch (other) {
      this.tell(job, `cannot give up: ${String(other)}`);
    }
  }

  private async stop(view: string): Promise<void> {
    try {
      await this.task(view, { step: 'stop' }, 'stop');
      this.tell('the operator', `stops the rebuild of ${view}`);
    } catch (error) {
      this.tell('the operator', `cannot stop the rebuild of ${view}: ${String(error)}`);
    }
  }

  private async segment(view: string, step: string, job: string, segment: number): Promise<void> {
    for (;;) {
      const part = (await this.task(view, { step, job, segment }, `${job} segment ${segment}`)) as {
        done: boolean;
        wait: number;
      };
      if (part.done) return;
      await this.wait(part.wait * 1000);
    }
  }

  private async task(view: string, request: object, who: string): Promise<unknown> {
    for (let attempt = 1; ; attempt += 1) {
      const ended = await new Promise<Ended>((resolve) => {
        const label = `${who} call ${(this.calls += 1)}`;
        const { faults, random, timeline } = this.world;
        this.shop.function(view).invoke({ dbpatterns: 'rebuild', ...request }, label, resolve);
        if (faults.at(`${label} connection`, ['lost-answer']) === undefined) return;
        // The function goes on, while the next attempt begins.
        const broken = { error: 'the connection broke', type: 'Lambda.SdkClientException' };
        timeline.after(random.split(`${label} connection`).around(5_000), () => resolve(broken));
      });
      if ('value' in ended) return ended.value;
      if (!GOES_AWAY.has(ended.type) || attempt === ATTEMPTS) {
        throw Object.assign(new Error(ended.error), { name: ended.type });
      }
      await this.wait(Math.min(LONGEST_PAUSE, 2_000 * 2 ** (attempt - 1)));
    }
  }

  private tell(job: string, what: string): void {
    this.world.story.tell(job, what);
  }

  private wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.world.timeline.after(milliseconds, () => resolve()));
  }
}
