import type { World } from '../core/world.js';
import type { AwayPlan } from './plan.js';
import type { Shop } from './shop.js';

/** A service is away for minutes: the bus takes no entry, or a table no request. */
export async function away(world: World, shop: Shop, { what, wait, lasts }: AwayPlan): Promise<void> {
  const pause = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => world.timeline.after(milliseconds, () => resolve()));
  const { bus, dynamodb } = shop.services;
  const set = (isAway: boolean): void => {
    world.story.tell('the world', `${what} is ${isAway ? 'away' : 'there again'}`);
    if (what === 'the bus') bus.isAway = isAway;
    else if (isAway) dynamodb.away.add(what);
    else dynamodb.away.delete(what);
  };
  await pause(wait);
  set(true);
  await pause(lasts);
  set(false);
}
