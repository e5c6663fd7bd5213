import { serviceError } from '../core/errors.js';
import type { Container } from './container.js';

/** A letter, and whom it is about. */
export interface Letter {
  readonly to: string;
  readonly price: number;
  readonly description?: string;
}

/**
 * Somebody outside who takes letters under an idempotency key: the first under a key counts, others are answered like it
 * and change nothing.
 */
export class Recipient {
  /** The letters in the order in which they came, by their keys. */
  readonly taken = new Map<string, Letter>();
  /** How many came under a key that was there. */
  repeats = 0;
  /** What it does not take. */
  refuses: (letter: Letter) => boolean = () => false;

  /** Sends a letter from a container: it may be lost on the way, or its answer may. */
  post(container: Container, key: string, letter: Letter): Promise<void> {
    return container.call({
      what: `letter ${key}`,
      attempts: 2,
      busy: 'TooManyRequests',
      carryOut: (done) => {
        if (this.refuses(letter)) done({ error: serviceError('LetterTooLong', 'a letter is too long') });
        else done({ value: undefined, said: this.take(key, letter) });
      },
    });
  }

  private take(key: string, letter: Letter): string {
    if (this.taken.has(key)) {
      this.repeats += 1;
      return 'taken before';
    }
    this.taken.set(key, letter);
    return 'taken';
  }
}
