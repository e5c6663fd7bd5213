import type { World } from '../core/world.js';
import type { Ended } from '../models/lambda.js';
import type { OutagePlan } from './plan.js';
import type { Shop } from './shop.js';

/** Clocks differ: republishing begins so long before what was lost, in milliseconds. */
const MARGIN = 60_000;
const PAUSE = 5_000;

/** Somebody switches the sales' relay off for longer than the table's stream keeps; then all of it is published again. */
export async function outage(world: World, shop: Shop, { wait, lasts }: OutagePlan): Promise<void> {
  const pause = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => world.timeline.after(milliseconds, () => resolve()));
  const tell = (what: string): void => world.story.tell('the operator', what);
  await pause(wait);
  tell('switches the relay of sales off');
  const from = new Date(world.date.getTime() - MARGIN).toISOString();
  shop.stream.stop();
  await pause(lasts);
  shop.stream.start();
  tell(`switches the relay of sales on: ${shop.stream.given.length} changes are lost`);
  let cursor: string | undefined;
  for (let calls = 1, isDone = false; !isDone; calls += 1) {
    const how = await new Promise<Ended>((resolve) =>
      shop.function('sales-republish').invoke({ from, cursor }, `republish ${calls}`, resolve),
    );
    tell(`republishes → ${JSON.stringify(how)}`);
    if ('value' in how) {
      ({ cursor } = how.value as { cursor?: string });
      isDone = cursor === undefined;
    } else await pause(PAUSE);
  }
}
