import { imported } from '../support/bundle.js';
import type { Measurement, Side } from '../support/measurement.js';
import { applyOnce } from './dedupe-row.js';
import { batch, created, envelope, priced } from './deliveries.js';
import { settingsOf } from './settings.js';
import { documents, makeTable } from './tables.js';

const BATCH = 10;

/** What the extra items of a dedupe row cost in time; what they cost in units is counted by the tests. */
export const dedupe: Measurement = {
  name: 'dedupe-row',
  what: 'applying an event: the kit against a row per event in the same transaction, both against DynamoDB',
  unit: 'ms',
  better: 'low',
  effort: { full: { rounds: 20, warmUp: 3, size: 20 }, quick: { rounds: 3, warmUp: 1, size: 5 } },
  async prepare({ cloud, effort, say }) {
    await cloud();
    say('making tables');
    await Promise.all(['kit-seen', 'row-seen'].map(makeTable));
    const { listing } = await imported<typeof import('./handlers/kit-listing.js')>(
      'bench/cqrs/handlers/kit-listing.ts',
    );
    const client = documents();
    const handler = listing({
      environment: { DBPATTERNS_PROJECTION: JSON.stringify(settingsOf('listing')) },
      table: { client, table: 'kit-seen', partitionKey: 'id', indexes: [] },
      history: () => Promise.reject(new Error('nothing is missing')),
    });
    const kit = timed(effort.size, (version) =>
      handler(batch(ids.map((id) => envelope(id, version, version === 1 ? created(1) : priced(version))))),
    );
    const bare = timed(effort.size, (version) =>
      Promise.all(
        ids.map((id) => {
          const { data } = version === 1 ? created(1) : priced(version);
          const fields = data as Record<string, unknown>;
          return applyOnce(client, 'row-seen', { id, stream: `product/${id}`, version, fields });
        }),
      ),
    );
    return { kit, bare, close: async () => client.destroy() };
  },
};

const ids = Array.from({ length: BATCH }, (_, n) => `85123A-${n}`);

/** Batches one after the other, each with the next version of the same streams. */
function timed(batches: number, apply: (version: number) => Promise<unknown>): Side {
  let version = 0;
  return async () => {
    const samples: number[] = [];
    for (let n = 0; n < batches; n += 1) {
      const start = performance.now();
      await apply((version += 1));
      samples.push((performance.now() - start) / BATCH);
    }
    return samples;
  };
}
