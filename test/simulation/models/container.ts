import { abortError, connectionError, named, serviceError } from '../core/errors.js';
import type { Fault } from '../core/faults.js';
import type { Random } from '../core/random.js';
import { BEGINNING, type World } from '../core/world.js';

/** A call to a service, carried out when it arrives there. `done` is called once, at that moment or later. */
export interface Call<T> {
  /** What it is, for the story: `UpdateItem product/1@2`. */
  readonly what: string;
  /** How often the SDK sends it where the service or the connection fails. */
  readonly attempts: number;
  /** What the service says when it is too busy. */
  readonly busy: string;
  readonly signal?: AbortSignal;
  /** `label` names this very call, for what may go wrong within the service. */
  readonly carryOut: (done: (outcome: Outcome<T>) => void, label: string) => void | Promise<void>;
}

export type Outcome<T> = { readonly value: T; readonly said?: string } | { readonly error: unknown };

const IN_A_CALL: readonly Fault[] = ['crash-before', 'crash-after', 'lost-call', 'lost-answer', 'throttle', 'slow'];

/** How far the clock of a container may be off, in milliseconds. */
const DRIFT = 400;

/**
 * What code under test runs in: its clock, its randomness, its timers and its way to every service. When it is ended,
 * nothing that it waits for ever comes; while it is frozen, nothing comes until it is thawed.
 */
export class Container {
  private state: 'running' | 'frozen' | 'ended' = 'running';
  private held: (() => void)[] = [];
  private calls = 0;
  private work = '';
  private readonly chance: Random;
  private readonly drift: number;
  /** Called when it is ended from outside. */
  onEnd: (why: string) => void = () => undefined;

  constructor(
    readonly world: World,
    readonly name: string,
  ) {
    this.chance = world.random.split(name);
    this.drift = this.chance.split('drift').whole(-DRIFT, DRIFT);
  }

  readonly now = (): Date => new Date(BEGINNING + Math.floor(this.world.timeline.now) + this.drift);

  readonly random = (): number => this.chance.next();

  readonly sleep = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => this.after(milliseconds, () => resolve()));

  readonly timeout = (milliseconds: number): { signal: AbortSignal; end: () => void } => {
    const controller = new AbortController();
    const timer = this.after(milliseconds, () => controller.abort());
    return { signal: controller.signal, end: () => timer.cancel() };
  };

  /** Begins to work on something; the labels of its calls begin with it. */
  thaw(work: string): void {
    this.work = work;
    this.calls = 0;
    this.state = 'running';
    const { held } = this;
    this.held = [];
    for (const resume of held) resume();
  }

  freeze(): void {
    if (this.state === 'running') this.state = 'frozen';
  }

  end(why: string): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.onEnd(why);
  }

  get isEnded(): boolean {
    return this.state === 'ended';
  }

  /** Sends a call to a service. The world may do to it what networks and services do. */
  call<T>(call: Call<T>): Promise<T> {
    const label = `${this.work} ${(this.calls += 1)}`;
    return new Promise((resolve, reject) => {
      const settled = { yes: false };
      const settle = (then: () => void): void => {
        this.resume(() => {
          if (settled.yes) return;
          settled.yes = true;
          then();
        });
      };
      const { signal } = call;
      if (signal?.aborted) {
        settle(() => reject(abortError()));
        return;
      }
      signal?.addEventListener('abort', () => settle(() => reject(abortError())));
      const answered = (outcome: Outcome<T>): void =>
        settle(() => ('error' in outcome ? reject(asError(outcome.error)) : resolve(outcome.value)));
      this.send(call, label, 1, answered);
    });
  }

  private send<T>(call: Call<T>, label: string, attempt: number, answered: (outcome: Outcome<T>) => void): void {
    const { world } = this;
    if (this.state === 'ended') return;
    const place = attempt === 1 ? label : `${label}.${attempt}`;
    const dice = world.random.split(place);
    const fault = world.faults.at(place, IN_A_CALL);
    const slow = fault === 'slow' ? dice.around(4_000) : 0;
    const slowThere = dice.chance(0.5) ? slow : 0;
    const failed = (error: Error): void => {
      if (attempt >= call.attempts) {
        answered({ error });
        return;
      }
      this.after(dice.next() * 100 * 2 ** attempt, () => this.send(call, label, attempt + 1, answered));
    };
    const back = (then: () => void, wait = 0): void => {
      world.timeline.after(1 + dice.around(4) + wait, then);
    };
    if (fault === 'crash-before') {
      this.crash(call.what, 'before');
      return;
    }
    world.timeline.after(1 + dice.around(4) + slowThere, async () => {
      // What was sent arrives, whatever becomes of the sender.
      if (fault === 'lost-call') {
        this.tell(call.what, 'the connection breaks, it never arrives');
        back(() => failed(connectionError()));
        return;
      }
      if (fault === 'throttle') {
        this.tell(call.what, call.busy);
        back(() => failed(serviceError(call.busy, 'too busy')));
        return;
      }
      await call.carryOut((outcome) => {
        this.tell(call.what, 'error' in outcome ? named(outcome.error) : (outcome.said ?? 'done'));
        if (fault === 'crash-after') {
          this.crash(call.what, 'after');
          return;
        }
        if (fault === 'lost-answer') {
          this.tell(call.what, 'the connection breaks, the answer is lost');
          back(() => failed(connectionError()), slow - slowThere);
          return;
        }
        back(() => answered(outcome), slow - slowThere);
      }, place);
    });
  }

  private crash(what: string, when: string): void {
    if (this.state === 'ended') return;
    this.tell(what, `CRASH ${when} it`);
    this.end('it crashed');
  }

  private tell(what: string, outcome: string): void {
    this.world.story.tell(this.name, `${what} → ${outcome}`);
  }

  /** Something planned for this container only. */
  private after(milliseconds: number, run: () => void): { cancel: () => void } {
    return this.world.timeline.after(milliseconds, () => this.resume(run));
  }

  private resume(run: () => void): void {
    if (this.state === 'running') run();
    else if (this.state === 'frozen') this.held.push(run);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
