import type { World } from '../core/world.js';
import { named } from '../core/errors.js';
import { Container } from './container.js';

/** A handler as a function's code exports it. */
export type Handler = (event: unknown, context: { getRemainingTimeInMillis: () => number }) => Promise<unknown>;

/** How an invocation ended. */
export type Ended =
  | { readonly value: unknown }
  /** `type` as Lambda calls it: the name of the error's class, or one of its own. */
  | { readonly error: string; readonly type: string };

/** A function: its name, its time-out, and its code, which is started once per container. */
export interface FunctionOptions {
  readonly name: string;
  /** In seconds. */
  readonly timeout: number;
  readonly start: (container: Container) => Handler;
}

interface Warm {
  readonly container: Container;
  readonly handler: Handler;
}

/** A function as Lambda runs it: one invocation per container at a time, warm ones used again, ended ones never. */
export class LambdaFunction {
  private idle: Warm[] = [];
  private started = 0;
  /** Whether one of its containers has ended in the middle of its work. */
  wasEnded = false;

  constructor(
    private readonly world: World,
    private readonly options: FunctionOptions,
  ) {}

  get name(): string {
    return this.options.name;
  }

  /** Puts other code into the function: containers of the old one are not used again, those that run go on. */
  deploy(start: FunctionOptions['start']): void {
    this.idle = [];
    Object.assign(this.options, { start });
  }

  /**
   * Invokes it.
   *
   * @param label - what it works on: the labels of its calls begin with it
   */
  invoke(event: unknown, label: string, ended: (how: Ended) => void): void {
    const { world, options } = this;
    const isCold = world.faults.at(`${label} start`, ['cold']) === 'cold';
    const warm = isCold ? undefined : this.idle.shift();
    const { container, handler } = warm ?? this.begin();
    const { start } = options;
    const dice = world.random.split(label);
    world.timeline.after(dice.around(3) + (warm === undefined ? 150 + dice.around(100) : 0), () => {
      const end = world.timeline.now + options.timeout * 1000;
      let isOver = false;
      const over = (how: Ended, wait: number): void => {
        if (isOver) return;
        isOver = true;
        limit.cancel();
        if ('error' in how) world.story.tell(container.name, `${label} ends: ${how.error}`);
        world.timeline.after(wait, () => ended(how));
      };
      const limit = world.timeline.after(options.timeout * 1000, () => container.end('it took too long'));
      container.onEnd = (why) => {
        this.wasEnded = true;
        over({ error: why, type: 'Lambda.Unknown' }, 5);
      };
      container.thaw(label);
      const finished = (how: Ended): void => {
        if (container.isEnded) return;
        container.freeze();
        over(how, 1 + dice.around(3));
        // Other code may have been deployed meanwhile.
        if (start === options.start) this.idle.push({ container, handler });
      };
      // A copy, as JSON makes one: nobody shares objects over a network.
      handler(structuredClone(event), { getRemainingTimeInMillis: () => end - world.timeline.now }).then(
        (value) => finished({ value }),
        (error: unknown) => finished({ error: named(error), type: error instanceof Error ? error.name : 'Error' }),
      );
    });
  }

  private begin(): Warm {
    const container = new Container(this.world, `${this.options.name}#${(this.started += 1)}`);
    return { container, handler: this.options.start(container) };
  }
}
