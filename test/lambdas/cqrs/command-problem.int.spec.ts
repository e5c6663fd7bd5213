import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { command } from '../../../lambdas/cqrs/index.js';
import { json, sql } from '../../../lambdas/stores/index.js';
import { CommandRig, product } from './command-rig.js';

let rig: CommandRig;

beforeAll(async () => {
  rig = await CommandRig.start('problems');
});

describe('a text with U+0000', () => {
  const body = z.object({ note: z.string() });
  const handlers = {
    AsText: command(body, ({ data }) => ({
      statements: [sql('select cast(:note as text)', { note: data.note })],
      events: product.events.PriceChanged({ price: 1 }),
    })),
    AsJson: command(body, async ({ tx, data }) => {
      await tx.query("select cast(:note as jsonb) ->> 'note'", { note: json(data) });
      return product.events.PriceChanged({ price: 1 });
    }),
  };

  it.each(['AsText', 'AsJson'])('is a fault of the request, not of the service: %s', async (name) => {
    const handler = rig.containerOf(handlers);
    const answer = await rig.send(`1/${name}`, { note: 'a\u0000b' }, { handler });
    expect(answer).toMatchObject({ status: 400, body: { type: 'urn:dbpatterns:problem:unstorable-text' } });
    expect(await rig.outbox()).toEqual([]);
    expect(rig.log).toEqual([]);
  });
});
