import { pause } from './obstacles.js';
import type { System } from './system.js';

/** After so long without faults and load everything has to rest, in milliseconds. */
const REST_WITHIN = 45_000;

/** Functions that clients no longer wait for have ended when nobody called anything so many times in a row. */
const QUIET = 5;

const OUTBOXES = [
  { service: 'catalog', sweep: 'CatalogProductsOutboxSweep' },
  { service: 'sales', sweep: 'SalesInvoicesOutboxSweep' },
] as const;

const QUEUES = ['BrowseProductsQueue', 'InsightsSalesQueue'];

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
  for (const { service, sweep } of OUTBOXES) {
    if (await isForgotten(system, service, sweep))
      faults.push(`the outbox of ${service}, for which no sweep is on its way`);
    // Sweeps are due minutes later, when the function that wrote must have ended: one more now, and leases end.
    while ((await unpublished(system, service)) > 0) {
      if (performance.now() > end) return [...faults, `the outbox of ${service}`];
      await system.sql(service, 'update dbpatterns.outbox set leased_until = now() where published_at is null');
      await system.shop.message(sweep, { dbpatterns: 'sweep', service });
      await pause(300);
    }
  }
  for (const queue of QUEUES) {
    while ((await system.shop.messages(queue)) > 0) {
      if (performance.now() > end) return [...faults, queue];
      await pause(100);
    }
  }
  return faults;
}

/** What is unpublished must have a sweep on its way by itself. */
async function isForgotten(system: System, service: string, sweep: string): Promise<boolean> {
  if ((await unpublished(system, service)) === 0 || (await system.shop.messages(sweep)) > 0) return false;
  return (await unpublished(system, service)) > 0;
}

async function unpublished(system: System, service: string): Promise<number> {
  const [row] = await system.sql(service, 'select count(*) as n from dbpatterns.outbox where published_at is null');
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
