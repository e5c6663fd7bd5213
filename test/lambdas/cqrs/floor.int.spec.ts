import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { applyOnce } from '../../../bench/cqrs/dedupe-row.js';
import { projection, put, set, stream, v1 } from '../../../lambdas/cqrs/index.js';
import { requests, ViewRig } from './view-rig.js';

/*
 * What the other specs count is counted there: commands in commands and dynamodb-commands, commits in projection and
 * aggregate, reads and tokens in entity-view, entity-list and aggregate-read. Here stands what they are compared with.
 */

const product = stream('product', {
  Created: v1(z.object({ price: z.int() })),
  Priced: v1(z.object({ price: z.int() })),
});
const { Created, Priced } = product.events;

let rig: ViewRig;
beforeEach(async () => {
  rig = await ViewRig.start({ kind: 'entity', stream: 'product' });
});

/** One after the other, as they come: a creation and two prices. */
const prices = [1, 2, 3];

describe('a view that keeps a row for each event that it has seen', () => {
  it('takes four units for a commit where a version in the item takes one', async () => {
    const { client, table } = rig.table;
    for (const price of prices) {
      await applyOnce(client, table, { id: 'row', stream: 'product/row', version: price, fields: { price } });
    }
    expect(requests(rig.sent)).toEqual({ commands: prices.map(() => 'TransactWriteItems'), write: 4 * 3, read: 0 });

    rig.sent.length = 0;
    const handlers = {
      Created: ({ data }: { data: { price: number } }) => put(data),
      Priced: ({ data }: { data: { price: number } }) => set(data),
    };
    const handler = projection(product, handlers, rig.options());
    for (const price of prices) {
      await handler(rig.event([rig.commit('product/kit', price === 1 ? Created({ price }) : Priced({ price }))]));
    }
    expect(requests(rig.sent)).toMatchObject({ commands: { length: 3 }, write: 3, read: 0 });
    expect((await rig.items())['kit']).toMatchObject({ price: 3 });
    expect((await rig.items())['row']).toMatchObject({ price: 3 });
  });

  it('keeps an item more for each event, and does not see that one is missing or late', async () => {
    const { client, table } = rig.table;
    for (const version of [1, 3, 3, 2]) {
      await applyOnce(client, table, { id: 'row', stream: 'product/row', version, fields: { price: version } });
    }
    const items = await rig.items();
    expect(Object.keys(items).sort()).toEqual(['row', ...[1, 2, 3].map((version) => `seen#product/row@${version}`)]);
    expect(items['row']).toMatchObject({ price: 2 });
  });
});
