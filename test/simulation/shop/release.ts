import type { World } from '../core/world.js';
import { UPGRADED, type Upgrade } from './plan.js';
import type { Shop } from './shop.js';

/** Deploys the newer edition of the code, each function at its time: messages and commands of the older one wait. */
export async function release(world: World, shop: Shop, upgrade: Upgrade): Promise<void> {
  await Promise.all(
    UPGRADED.map(async (name) => {
      await new Promise<void>((resolve) => world.timeline.after(upgrade[name], () => resolve()));
      world.story.tell('the operator', `deploys the newer edition of ${name}`);
      shop.deploy(name);
    }),
  );
}
