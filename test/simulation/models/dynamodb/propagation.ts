import type { World } from '../../core/world.js';
import type { Propagation } from './table.js';

/** An index follows its table a moment later, now and then a minute; each item's changes in their order. */
export function slowly(world: World): Propagation {
  const due = new Map<string, number>();
  let count = 0;
  return (index, item, apply) => {
    const label = `index ${index} ${(count += 1)}`;
    const late = world.faults.at(label, ['late']) === undefined ? 0 : 20_000;
    const wait = world.random.split(label).around(30 + late);
    const time = Math.max(world.timeline.now + wait, due.get(index + item) ?? 0);
    due.set(index + item, time);
    world.timeline.after(time - world.timeline.now, apply);
  };
}
