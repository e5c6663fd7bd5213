import { sharersOf } from '../ownership';
import type { Reach } from './deeds';
import { within } from './tree';

/**
 * Whether somebody may reach a database that is shared on purpose: a service that has a part of it, and with the master's
 * rights nobody but what is below the database itself.
 */
export function isSharer(reach: Reach): boolean {
  const { actor, store, arn } = reach;
  return (
    arn === undefined &&
    [...store.commons, store.construct].some(
      (database) =>
        within(actor.construct, database) ||
        (actor.owner !== undefined && !isOfMaster(reach) && sharersOf(database).includes(actor.owner)),
    )
  );
}

/** Whether it is about the master's secret, which RDS makes as a part of the cluster. */
export function isOfMaster({ store, actions }: Reach): boolean {
  return store.kind.what === 'secret' || actions.some((action) => /^(\*|secretsmanager:)/i.test(action));
}
