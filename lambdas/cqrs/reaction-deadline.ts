import type { Clock, Timeout } from '../stores/index.js';
import { PoisonError } from './poison.js';
import { ReactionError } from './reaction-error.js';

/** What Lambda says about an invocation beside its event: how much time it has left. */
export interface Invocation {
  getRemainingTimeInMillis(): number;
}

/** What is left for what comes after: versions and parking marks are written. In milliseconds, a quarter at most. */
const RESERVE = 5_000;

/**
 * Until when the functions of an invocation may run. What others do may hang, and Lambda would end all that runs beside
 * it, without a word about which of them it was.
 */
export class ReactionDeadline {
  private until = Infinity;

  constructor(
    private readonly now: Clock,
    private readonly timeout: Timeout,
  ) {}

  /** An invocation begins. Without its context its functions may take as long as they like. */
  begin(invocation: Invocation | undefined): void {
    const left = invocation?.getRemainingTimeInMillis() ?? Infinity;
    this.until = this.now().getTime() + left - Math.min(RESERVE, left / 4);
  }

  /** @throws ReactionError `no-time` where nothing may be begun any more. */
  check(): void {
    if (this.left > 0) return;
    throw new ReactionError('no-time', 'the function has no time left to begin with a commit: it comes again');
  }

  /**
   * Waits for a function as long as there is time. It cannot be stopped: it may go on while its commit is tried again.
   *
   * @param what - the function and what it works on
   * @throws PoisonError `handler-failed` where there is none left.
   */
  async within<T>(what: string, action: () => T | Promise<T>): Promise<T> {
    if (this.left === Infinity) return action();
    const { signal, end } = this.timeout(Math.max(0, this.left));
    try {
      return await Promise.race([action(), cutOff(signal, what)]);
    } finally {
      end();
    }
  }

  private get left(): number {
    return this.until - this.now().getTime();
  }
}

async function cutOff(signal: AbortSignal, what: string): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(new PoisonError('handler-failed', `${what} did not end while the function had time`));
    });
  });
}
