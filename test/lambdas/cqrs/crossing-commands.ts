import { z } from 'zod';
import { command } from '../../../lambdas/cqrs/index.js';
import { product } from './command-rig.js';

/** A command that locks two rows, each in the order of its own; two of them wait until both hold one. */
export function crossingCommands() {
  const meeting = { attempts: 0 };
  let arrive: () => void;
  const met = new Promise<void>((resolve) => (arrive = resolve));
  const raise = 'update product set price = price + 1 where id = :id';
  const crossing = {
    RaiseBoth: command(z.object({ other: z.string() }), async ({ tx, id, data }) => {
      await tx.query(raise, { id });
      meeting.attempts += 1;
      if (meeting.attempts === 2) arrive();
      await met;
      await tx.query(raise, { id: data.other });
      return product.events.PriceChanged({ price: 0 });
    }),
  };
  return { crossing, meeting };
}
