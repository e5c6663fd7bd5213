import { setTimeout as sleep } from 'node:timers/promises';
import type { Fed } from './feed.js';
import { readView, type View } from './views.js';

/** The tables of the views. */
export interface Tables {
  readonly listing: string;
  readonly totals: string;
}

/** A commit that was not published with its command is published by a sweep, which comes within three minutes. */
const PATIENCE = 240_000;

/**
 * Waits until the views have applied all accepted commands: a product's item counts its commits, a total its invoices.
 *
 * @throws Error if nothing moves for four minutes.
 */
export async function catchUp(tables: Tables, { accepted }: Fed, onProgress: (behind: number) => void): Promise<void> {
  const wanted = Object.values(accepted).reduce((sum, count) => sum + count, 0);
  let [applied, since] = [-1, performance.now()];
  for (;;) {
    const [listing, totals] = await Promise.all([
      readView(tables.listing, 'productId'),
      readView(tables.totals, 'day'),
    ]);
    const now = sum(listing, '_version') + sum(totals, 'sales') + sum(totals, 'returns');
    onProgress(wanted - now);
    if (now >= wanted || listing.parked.length + totals.parked.length > 0) return;
    if (now !== applied) [applied, since] = [now, performance.now()];
    else if (performance.now() - since > PATIENCE) {
      throw new Error(
        `the views have not moved for four minutes; ${wanted - now} of ${wanted} commands are not in them`,
      );
    }
    await sleep(500);
  }
}

function sum({ items }: View, attribute: string): number {
  return items.reduce((total, item) => total + Number(item[attribute] ?? 0), 0);
}
