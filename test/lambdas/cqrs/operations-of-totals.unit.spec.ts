import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { contributionsAfter } from '../../../lambdas/cqrs/contributions.js';
import { operationsOf, type EventHandlers } from '../../../lambdas/cqrs/event-handlers.js';
import {
  add,
  aggregate,
  contribute,
  parseEnvelope,
  stream,
  v1,
  withdraw,
  type DomainEvent,
} from '../../../lambdas/cqrs/index.js';

const sums = z.object({ day: z.string(), pence: z.int() });
const order = stream('order', {
  Placed: v1(sums),
  ItemAdded: v1(sums),
  Moved: v1(sums),
  Cancelled: v1(z.object({})),
});
const { Placed, ItemAdded, Moved, Cancelled } = order.events;

type Operation = ReturnType<typeof add>;
type Handlers = EventHandlers<typeof order.contract, Operation>;

// #region operations
const handlers: Handlers = {
  // Says all that the order gives to the total of the day.
  Placed: ({ data: { day, pence } }) => contribute({ day }, { orders: 1, pence }),
  // Comes many times in a stream, and each gives this much more.
  ItemAdded: ({ data: { day, pence } }) => add({ day }, { pence }),
  // Counts on another day from now on: what it gave before is taken back first.
  Moved: ({ data: { day, pence } }) => [withdraw(), contribute({ day }, { orders: 1, pence })],
  // Counts nowhere any more.
  Cancelled: () => withdraw(),
};

export const handler = aggregate(order, handlers);
// #endregion

/** What an order gives to totals after these commits, one event each. */
async function given(events: readonly DomainEvent[], by = handlers) {
  const apply = operationsOf<typeof order.contract, Operation>(order, by);
  let contributions: ReturnType<typeof contributionsAfter> = new Map();
  for (const [index, event] of events.entries()) {
    contributions = contributionsAfter(contributions, await apply(commit(index + 1, event)));
  }
  return [...contributions.values()].map(({ key, measures }) => ({ ...key, ...measures }));
}

function commit(version: number, event: DomainEvent) {
  return parseEnvelope({
    specversion: '1.0',
    id: `order/1@${version}`,
    source: 'shop',
    type: 'order',
    subject: 'order/1',
    time: '2010-12-01T08:26:00.000Z',
    datacontenttype: 'application/json',
    format: 1,
    version,
    correlationid: 'c',
    causationid: 'c',
    data: { events: [event] },
  });
}

const first = { day: '2010-12-01', pence: 500 };
const second = { day: '2010-12-02', pence: 700 };

describe('what a stream gives to totals', () => {
  it('grows by add, and goes to another total by withdraw and contribute', async () => {
    expect(await given([Placed(first), ItemAdded(first), ItemAdded(first)])).toEqual([
      { ...first, orders: 1, pence: 1_500 },
    ]);
    expect(await given([Placed(first), ItemAdded(first), Moved(second)])).toEqual([{ ...second, orders: 1 }]);
    expect(await given([Placed(first), ItemAdded(first), Cancelled({})])).toEqual([]);
  });

  it('is replaced by contribute, all measures of that total: who counts what comes many times with it counts once', async () => {
    const wrong: Handlers = { ...handlers, ItemAdded: ({ data: { day, pence } }) => contribute({ day }, { pence }) };
    expect(await given([Placed(first), ItemAdded(first)], wrong)).toEqual([first]);
    expect(await given([Placed(first), ItemAdded(second)], wrong)).toEqual([{ ...first, orders: 1 }, second]);
  });
});
