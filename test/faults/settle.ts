import { salesOf } from './evidence.js';
import { pause } from './obstacles.js';
import type { System } from './system.js';
import { VIEWS } from './views.js';

/** After so long without faults and load everything has to rest, in milliseconds. */
const REST_WITHIN = 45_000;

/** Functions that clients no longer wait for have ended when nobody called anything so many times in a row. */
const QUIET = 5;

const SWEEP = 'CatalogProductsOutboxSweep';

/**
 * Waits until the system rests: everything is published and every event has been worked on.
 *
 * @returns what does not come to rest, or has nothing that would bring it there
 */
export async function settle(system: System): Promise<string[]> {
  const faults: string[] = [];
  const end = performance.now() + REST_WITHIN;
  for (let quiet = 0; quiet < QUIET; quiet = system.gateway.busy === 0 ? quiet + 1 : 0) {
    if (performance.now() > end) return ['a call that nobody answers'];
    await endAbandoned(system);
    await pause(50);
  }
  if (await isForgotten(system)) faults.push('the outbox of the catalog, for which no sweep is on its way');
  // Sweeps are due minutes later, when the function that wrote must have ended: one more now, and leases end.
  while ((await unpublished(system)) > 0) {
    if (performance.now() > end) return [...faults, 'the outbox of the catalog'];
    await system.sql('catalog', 'update dbpatterns.outbox set leased_until = now() where published_at is null');
    await system.shop.message(SWEEP, { dbpatterns: 'sweep', service: 'catalog' });
    await pause(300);
  }
  // The stream of the table of sales brings what is left by itself.
  const sales = await salesOf(system);
  while (sales.some((commit) => !system.isSent(commit))) {
    if (performance.now() > end) return [...faults, 'the stream of the table of sales'];
    await pause(100);
  }
  for (const { projection } of Object.values(VIEWS)) {
    while ((await system.shop.messages(`${projection}Queue`)) > 0) {
      if (performance.now() > end) return [...faults, `the queue of ${projection}`];
      await pause(100);
    }
  }
  return faults;
}

/** What is unpublished must have a sweep on its way by itself. */
async function isForgotten(system: System): Promise<boolean> {
  if ((await unpublished(system)) === 0 || (await system.shop.messages(SWEEP)) > 0) return false;
  return (await unpublished(system)) > 0;
}

async function unpublished(system: System): Promise<number> {
  const [row] = await system.sql('catalog', 'select count(*) as n from dbpatterns.outbox where published_at is null');
  return Number(row?.n ?? 0);
}

/**
 * Ends transactions whose function is gone, which keep their rows locked. The Data API does so after three minutes
 * without a call.
 */
export async function endAbandoned(system: System): Promise<void> {
  await system.sql(
    'catalog',
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'rds-data-api' and state like 'idle in transaction%'
       and state_change < now() - interval '2 seconds'`,
  );
}
