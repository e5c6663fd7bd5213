import { beforeAll, describe, expect, it } from 'vitest';
import type { Invocation } from './recorder.js';

/**
 * A function of 2 seconds with the recorder's code, and what feeds it: a queue of 3 seconds and 3 receives that takes
 * partial failures, and the stream of a table with the key `id`.
 */
export interface SourcesUnderTest {
  /** Sends messages at once, so that they may come in one batch. */
  send(...bodies: string[]): Promise<void>;
  put(item: { readonly id: string; readonly n: number; readonly told?: string }): Promise<void>;
  remove(id: string): Promise<void>;
  /** Everything that the function was given so far, in order. */
  invocations(): Promise<readonly Invocation[]>;
  /** What is among the dead letters. */
  deadLetters(): Promise<readonly string[]>;
  /** Waits for what is under way, until something is so. */
  until(isSo: () => Promise<boolean>): Promise<void>;
  /** Waits until nothing can come any more. */
  rest(): Promise<void>;
}

/** What the kit relies on in Lambda and the sources that feed it. Both the models and the emulator keep it. */
export function sourcesContract(start: () => Promise<SourcesUnderTest>): void {
  describe('a function that is fed', () => {
    let parts: SourcesUnderTest;
    beforeAll(async () => (parts = await start()), 120_000);

    /** How often something was given. */
    const times = async (what: string): Promise<number> =>
      (await parts.invocations()).flatMap(({ given }) => given).filter((one) => one === what).length;
    const wasGiven = (what: string, count: number) => parts.until(async () => (await times(what)) >= count);

    describe('by a queue', () => {
      it('gets what it has reported again, and nothing else', async () => {
        await parts.send('fine-1', 'fails-1', 'fine-2');
        await wasGiven('fails-1', 2);
        await parts.rest();
        expect(await Promise.all(['fine-1', 'fine-2', 'fails-1'].map(times))).toEqual([1, 1, 2]);
      });

      it.each([
        ['throws', 'throws-1'],
        ['takes too long', 'hangs-1'],
        ['ends its process', 'dies-1'],
      ])('gets all of a batch again when it %s', async (_, body) => {
        await parts.send(body);
        await wasGiven(body, 2);
        await parts.rest();
        expect(await times(body)).toBe(2);
      });

      it('gets what it cannot take no more than so often', async () => {
        await parts.send('poison-1');
        await parts.until(async () => (await parts.deadLetters()).length > 0);
        expect(await parts.deadLetters()).toEqual(['poison-1']);
        expect(await times('poison-1')).toBe(3);
      });
    });

    describe('by the stream of a table', () => {
      const about = async (id: string): Promise<string[][]> =>
        (await parts.invocations())
          .map(({ given }) => given.filter((one) => one.split(' ')[1] === id))
          .filter((given) => given.length > 0);

      it('hears of each change of an item in its order, with what the item is then', async () => {
        for (const n of [1, 2, 3]) await parts.put({ id: 'a', n });
        await parts.remove('a');
        await parts.put({ id: 'a', n: 4 });
        await wasGiven('INSERT a 4', 1);
        expect((await about('a')).flat()).toEqual([
          'INSERT a 1',
          'MODIFY a 2',
          'MODIFY a 3',
          'REMOVE a -',
          'INSERT a 4',
        ]);
      });

      it('hears nothing of a change that changes nothing', async () => {
        await parts.put({ id: 'same', n: 1 });
        await parts.put({ id: 'same', n: 1 });
        await parts.put({ id: 'same', n: 2 });
        await wasGiven('MODIFY same 2', 1);
        expect((await about('same')).flat()).toEqual(['INSERT same 1', 'MODIFY same 2']);
      });

      it.each(['throws', 'dies'])('gets a batch again from its first change when it %s', async (told) => {
        const id = `b${told}`;
        for (const n of [1, 2, 3]) await parts.put({ id, n, ...(n === 2 ? { told } : {}) });
        await wasGiven(`MODIFY ${id} 2`, 2);
        await wasGiven(`MODIFY ${id} 3`, 1);
        await parts.rest();
        const all = await about(id);
        const failed = all.findIndex((given) => given.includes(`MODIFY ${id} 2`));
        // The batch that failed comes again, more changes at its end perhaps, before anything else of the item.
        expect(all[failed + 1]?.slice(0, all[failed]?.length)).toEqual(all[failed]);
        const taken = all.filter((_, place) => place !== failed).flat();
        expect(taken).toEqual([`INSERT ${id} 1`, `MODIFY ${id} 2`, `MODIFY ${id} 3`]);
      });
    });
  });
}
