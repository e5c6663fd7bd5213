import type { RebuildInput, RebuildRequest, RebuildStatus } from '../../../lambdas/cqrs/index.js';
import type { Part, Todo } from '../../../lambdas/cqrs/rebuild.js';
import type { ViewRig } from './view-rig.js';

type Answer = Todo | Part | RebuildStatus;
type Rebuilt = (request: RebuildRequest) => Promise<Answer>;

/** A clock that is moved on, and only that. */
export class MovedClock {
  private time = Date.parse('2026-01-01T00:00:00Z');
  readonly now = (): Date => new Date(this.time);
  /** Waiting moves the clock. */
  readonly sleep = async (milliseconds: number): Promise<void> => {
    this.time += milliseconds;
    await Promise.resolve();
  };
}

export interface MachineOptions {
  readonly clock: MovedClock;
  readonly id: string;
  readonly input?: RebuildInput;
  /** What goes on beside each call; a wait begins when it has ended, as functions end within the settle time. */
  readonly beside?: (request: RebuildRequest) => Promise<unknown>;
  /** Called before each attempt of a call, from 0. Where it is given, what goes away is tried again. */
  readonly attempt?: (n: number) => void;
  /** Ends the machine before this step. */
  readonly until?: Todo['step'];
}

/** Does what the state machine does, as the protocol says, and gives the steps that it came through. */
export async function runMachine(handler: Rebuilt, options: MachineOptions): Promise<Todo['step'][]> {
  const { clock, id: job, input, beside, until, attempt } = options;
  const steps: Todo['step'][] = [];
  const call = async (request: RebuildRequest): Promise<Answer> => {
    for (let n = 0; ; n += 1) {
      attempt?.(n);
      try {
        const [answer] = await Promise.all([handler(request), beside?.(request)]);
        return answer;
      } catch (error) {
        const goesAway = error instanceof Error && error.name === 'RebuildUnavailableError';
        if (attempt === undefined || !goesAway) throw error;
      }
    }
  };
  let todo = todoOf(await call({ dbpatterns: 'rebuild', step: 'start', job, input }));
  for (;;) {
    steps.push(todo.step);
    const { step } = todo;
    if (step === until) return steps;
    await clock.sleep(todo.wait * 1000);
    switch (step) {
      case 'fill':
      case 'verify':
      case 'totals':
        await Promise.all(
          todo.segments.map(async (segment) => {
            for (;;) {
              const part = partOf(await call({ dbpatterns: 'rebuild', step, job, segment }));
              if (part.done) return;
              await clock.sleep(part.wait * 1000);
            }
          }),
        );
        todo = todoOf(await call({ dbpatterns: 'rebuild', step: 'next', job }));
        break;
      case 'begin':
        todo = todoOf(await call({ dbpatterns: 'rebuild', step: 'next', job }));
        break;
      case 'freeze':
      case 'ready':
      case 'swap':
      case 'finish':
      case 'drop':
        todo = todoOf(await call({ dbpatterns: 'rebuild', step, job }));
        break;
      default:
        return steps;
    }
  }
}

/** Stops the rebuild just before the nth request that a call makes, from 0; whether the call made as many. */
export async function stoppedAt(
  n: number,
  { rig, by }: { readonly rig: Pick<ViewRig, 'fault'>; readonly by: Rebuilt },
  call: () => Promise<unknown>,
): Promise<boolean> {
  let left = n;
  let met = false;
  rig.fault = async () => {
    if (met || (left -= 1) >= 0) return;
    met = true;
    await by({ dbpatterns: 'rebuild', step: 'stop' });
  };
  await call();
  rig.fault = () => undefined;
  return met;
}

export async function statusOf(handler: Rebuilt): Promise<RebuildStatus> {
  const answer = await handler({ dbpatterns: 'rebuild', step: 'status' });
  if ('declared' in answer) return answer;
  throw new TypeError('no status');
}

function todoOf(answer: Answer): Todo {
  if ('segments' in answer) return answer;
  throw new TypeError('no todo');
}

function partOf(answer: Answer): Part {
  if ('wait' in answer && 'done' in answer) return answer;
  throw new TypeError('no part');
}
