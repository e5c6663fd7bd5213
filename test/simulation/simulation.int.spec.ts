import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withPostgres } from './runner/server.js';
import { catalogEngine } from './engine.js';
import type { Engine } from './models/postgres/engine.js';
import { run } from './run.js';
import { planOf } from './shop/plan.js';
import { Random } from './core/random.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

describe('a simulated run of the shop', () => {
  let engine: Engine;
  let end: () => void;
  let stopped: Promise<void>;

  beforeAll(async () => {
    await new Promise<void>((ready, failed) => {
      stopped = withPostgres(root, async (server) => {
        engine = await catalogEngine(server, 'repeatable', root);
        ready();
        await new Promise<void>((resolve) => (end = resolve));
        await engine.stop();
      });
      stopped.catch(failed);
    });
  });

  afterAll(async () => {
    end();
    await stopped;
  });

  it('tells the same story for the same seed, whatever ran before it', async () => {
    const seeds = [1, 2, 3, 4, 5, 6];
    const stories = new Map<number, string>();
    for (const seed of seeds) stories.set(seed, (await run(engine, { seed })).story());
    for (const seed of seeds.reverse()) expect((await run(engine, { seed })).story()).toBe(stories.get(seed));
    expect(new Set(stories.values()).size).toBe(seeds.length);
  });

  it('lives through its faults again when they are named', async () => {
    const seed = await seedWithFaults();
    const first = await run(engine, { seed });
    const again = await run(engine, { seed, plan: first.plan, faults: first.faults });
    expect(again.faults).toEqual(first.faults);
    expect(again.story()).toBe(first.story());
    const none = await run(engine, { seed, plan: first.plan, faults: [] });
    expect(none.faults).toEqual([]);
  });

  it('makes whoever meets a lock wait, and goes on with others', async () => {
    // Six clients change the price of one product at the same time, in transactions.
    const change = (id: string, price: number, wait: number) => ({
      ...({ id, wait, kind: 'command', stream: 'product', entity: '85123A', name: 'ChangePrice' } as const),
      ...{ data: { price, since: '2010-12-01' }, twice: false, again: false, tries: 1 },
    });
    const create = {
      ...change('c0.0', 0, 0),
      name: 'CreateProduct',
      data: { description: 'WHITE METAL LANTERN', price: 150, since: '2010-12-01' },
    };
    const others = [1, 2, 3, 4, 5, 6].map((client) => [change(`c${client}.0`, 200 + client, 1000)]);
    const { violations, story } = await run(engine, { seed: 1, plan: { clients: [[create], ...others] }, faults: [] });
    expect(violations).toEqual([]);
    expect(story()).toMatch(/waits for a lock/);
  });

  async function seedWithFaults(): Promise<number> {
    for (let seed = 1; seed <= 50; seed += 1) {
      if ((await run(engine, { seed })).faults.length > 5) return seed;
    }
    throw new Error('none of 50 runs has more than five faults');
  }
});

describe('a plan', () => {
  it('has the same steps for the same seed, and others for another', () => {
    expect(planOf(Random.of(7))).toEqual(planOf(Random.of(7)));
    expect(planOf(Random.of(7))).not.toEqual(planOf(Random.of(8)));
  });
});
