import { describe, expect, it } from 'vitest';
import { republishing } from '../../../cli/projections/commits.js';

const FROM = '2026-01-31T12:00:00.000Z';

/** A function that publishes a page of ten for each answer, and fails at an error. */
function pages(...answers: (string | undefined | Error)[]) {
  const asked: object[] = [];
  const ask = (request: object): Promise<unknown> => {
    const answer = answers[asked.length];
    asked.push(request);
    return answer instanceof Error
      ? Promise.reject(answer)
      : Promise.resolve({ published: 10, ...(answer === undefined ? {} : { cursor: answer }) });
  };
  return { ask, asked };
}

const silent = (): void => undefined;

describe('publishing once more', () => {
  it('goes from page to page until there is no cursor', async () => {
    const { ask, asked } = pages('one', 'two', undefined);
    const counts: number[] = [];
    expect(await republishing(ask, FROM, undefined, (count) => counts.push(count))).toBe(30);
    expect(asked).toEqual([{ from: FROM }, { from: FROM, cursor: 'one' }, { from: FROM, cursor: 'two' }]);
    expect(counts).toEqual([10, 20]);
  });

  it('says where to go on when it fails, and goes on from there', async () => {
    const failed = republishing(pages('one', 'two', new Error('the bus took nothing')).ask, FROM, undefined, silent);
    await expect(failed).rejects.toThrow(
      "the bus took nothing. 20 were published until then. Go on with --cursor 'two'",
    );
    const { ask, asked } = pages(undefined);
    expect(await republishing(ask, FROM, 'two', silent)).toBe(10);
    expect(asked).toEqual([{ from: FROM, cursor: 'two' }]);
  });

  it('says no more than the function where it has not got any further', async () => {
    const refused = republishing(pages(new Error('this cursor is not of an answer')).ask, FROM, 'x', silent);
    await expect(refused).rejects.toThrow(/^this cursor is not of an answer$/);
  });
});
