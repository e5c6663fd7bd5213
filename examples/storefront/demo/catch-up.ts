import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresClient } from 'cdk-database-patterns-lambda/stores';
import { countBaskets } from './baskets.js';
import type { Fed } from './feed.js';
import { readView, type View } from './views.js';

/** Where the views are. */
export interface Views {
  /** The table of the listing. */
  readonly listing: string;
  /** The table of the totals. */
  readonly totals: string;
  /** The database of the baskets. */
  readonly insights: PostgresClient;
}

/** A commit that was not published with its command is published by a sweep, which comes within three minutes. */
const PATIENCE = 240_000;

/**
 * Waits until the views have applied all accepted commands: a product's item counts its commits, a total its invoices,
 * and of the sales each is a basket, counted or skipped.
 *
 * @throws Error if nothing moves for four minutes.
 */
export async function catchUp(views: Views, { accepted }: Fed, onProgress: (behind: number) => void): Promise<void> {
  const wanted = Object.values(accepted).reduce((sum, count) => sum + count, 0) + accepted.RegisterSale;
  let [applied, since] = [-1, performance.now()];
  for (;;) {
    const [listing, totals, { baskets, skipped }] = await Promise.all([
      readView(views.listing, 'productId'),
      readView(views.totals, 'day'),
      countBaskets(views.insights),
    ]);
    const now = sum(listing, '_version') + sum(totals, 'sales') + sum(totals, 'returns') + baskets + skipped;
    onProgress(wanted - now);
    if (now >= wanted || listing.parked.length + totals.parked.length > 0) return;
    if (now !== applied) [applied, since] = [now, performance.now()];
    else if (performance.now() - since > PATIENCE) {
      throw new Error(
        `the views have not moved for four minutes; they are ${wanted - now} commits of ${wanted} behind`,
      );
    }
    await sleep(500);
  }
}

function sum({ items }: View, attribute: string): number {
  return items.reduce((total, item) => total + Number(item[attribute] ?? 0), 0);
}
