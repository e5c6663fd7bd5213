import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  add,
  aggregate,
  aggregateView,
  contribute,
  stream,
  Token,
  v1,
  withdraw,
  type Envelope,
  type ProjectionHandler,
} from '../../../lambdas/cqrs/index.js';
import { readRecord } from '../../../lambdas/cqrs/live-generation.js';
import { MovedClock, runMachine, statusOf, stoppedAt, type MachineOptions } from './rebuild-machine.js';
import { shuffled, ViewRig } from './view-rig.js';

const lines = z.object({ day: z.string(), country: z.string(), units: z.int() });
const sale = stream('sale', { Registered: v1(lines), Returned: v1(lines), Voided: v1(z.object({})) });
const { Registered, Returned, Voided } = sale.events;

/** Version 2 counts thousands of units. */
const handlersOf = (version: string) => {
  const unit = version === '1' ? 1 : 1000;
  return {
    Registered: ({ data: { day, country, units } }: { data: z.infer<typeof lines> }) =>
      contribute({ day, country }, { sales: 1, units: units * unit }),
    Returned: ({ data: { day, country, units } }: { data: z.infer<typeof lines> }) =>
      add({ day, country }, { units: -units * unit }),
    Voided: () => withdraw(),
  };
};

const [FIRST, SECOND] = ['2010-12-01', '2010-12-02'];

let rig: ViewRig;
let clock: MovedClock;
let containers: ProjectionHandler[];

beforeEach(async () => {
  clock = new MovedClock();
  rig = await ViewRig.start({ kind: 'aggregate', stream: 'sale', partitionKey: 'day', sortKey: 'country' });
  deploy('1');
});

function deploy(version: string): void {
  const { now, sleep } = clock;
  containers = [1, 2, 3].map(() => {
    const options = rig.options({ now, sleep });
    const settings = JSON.parse(options.environment!['DBPATTERNS_PROJECTION']!) as object;
    const environment = { DBPATTERNS_PROJECTION: JSON.stringify({ ...settings, version, functionTimeout: 20 }) };
    return aggregate(sale, handlersOf(version), { ...options, environment });
  });
}

const machine = (id: string, more: Partial<MachineOptions> = {}) => {
  const input = { settle: 3, keep: 60, segments: 3, ...more.input };
  return runMachine(containers[0]!, { clock, id, ...more, input });
};

async function deliver(commits: readonly Envelope[], seed = 1): Promise<void> {
  for (const [n, commit] of shuffled(commits, seed).entries()) {
    const { batchItemFailures } = await containers[n % containers.length]!(rig.event([commit]));
    expect(batchItemFailures).toEqual([]);
  }
}

function sold(id: string, units: number, day = FIRST): Envelope[] {
  return [
    rig.commit(`sale/${id}`, Registered({ day, country: 'UK', units })),
    rig.commit(`sale/${id}`, Returned({ day, country: 'UK', units: 1 })),
  ];
}

async function trade(): Promise<void> {
  const commits = ['a', 'b', 'c', 'd', 'e'].flatMap((id, n) => sold(id, 10 + n, n % 2 === 0 ? FIRST : SECOND));
  await deliver([...commits, rig.commit('sale/e', Voided({}))]);
}

/** What history says that the totals have to be. */
function expected(version: string): Record<string, { sales: number; units: number }> {
  const unit = version === '1' ? 1 : 1000;
  const voided = new Set(
    rig.commits.filter(({ data }) => data!.events[0]!.type === 'Voided').map(({ subject }) => subject),
  );
  const totals: Record<string, { sales: number; units: number }> = {};
  for (const { subject, data } of rig.commits) {
    const { type, data: given } = data!.events[0]!;
    if (type === 'Voided') continue;
    const { day, units } = given as z.infer<typeof lines>;
    const total = (totals[day] ??= { sales: 0, units: 0 });
    if (voided.has(subject)) continue;
    if (type === 'Registered') total.sales += 1;
    total.units += (type === 'Registered' ? units : -units) * unit;
  }
  return totals;
}

async function expectTotals(version: string): Promise<void> {
  const view = aggregateView<{ sales: number; units: number }>(sale, { table: rig.table, now: clock.now });
  for (const [day, total] of Object.entries(expected(version))) {
    expect(await view.get({ day, country: 'UK' })).toEqual({ day, country: 'UK', ...total });
  }
}

const everything = ['fill', 'verify', 'freeze', 'totals', 'ready', 'verify', 'swap', 'finish', 'drop', 'drop', 'done'];

describe('a rebuild of an aggregate view', () => {
  it('counts everything once while commands go on', async () => {
    await trade();
    deploy('2');
    const view = aggregateView<{ sales: number }>(sale, { table: rig.table, now: clock.now, sleep: clock.sleep });
    let count = 0;
    let most = 0;
    const traffic = async (): Promise<void> => {
      count += 1;
      const commits = sold(`made-${count}`, count);
      await deliver([...commits, ...commits], count);
      const after = Token.of({ [commits[1]!.subject]: 2 }, { now: clock.now });
      const { sales } = (await view.get({ day: FIRST, country: 'UK' }, { after }))!;
      expect(sales).toBeGreaterThanOrEqual(most);
      most = Math.max(most, sales);
    };
    expect(await machine('a', { beside: traffic })).toEqual(everything);
    expect(count).toBeGreaterThan(15);
    await expectTotals('2');
    expect(Object.keys(await rig.items()).filter((key) => !key.startsWith('_g2#'))).toEqual([]);
  });

  it('returns to totals that were kept up to date', async () => {
    await trade();
    await machine('a', { until: 'drop' });
    await clock.sleep(3000);
    await deliver(sold('late', 7));
    await expectTotals('1');
    expect((await machine('b', { input: { rollback: true } })).at(-1)).toBe('done');
    await expectTotals('1');
    expect(await statusOf(containers[0]!)).toMatchObject({ generation: 1 });
  });

  it('finds a contribution that is not what history gives', async () => {
    await trade();
    await machine('a', { until: 'verify' });
    const key = { day: '_g2#_contribution#sale/b', country: '#' };
    const { _contributions: given } = (await rig.items())[key.day]! as { _contributions: { measures: object }[] };
    const changed = given.map((one) => ({ ...one, measures: { sales: 1, units: 999 } }));
    await rig.tamper({ ...key, _version: 2, _contributions: changed });
    expect((await machine('a')).at(-1)).toBe('failed');
    expect(await statusOf(containers[0]!)).toMatchObject({
      job: { problem: { code: 'differs', streams: ['sale/b'] } },
    });
  });

  it('finds totals that are not the sum of the contributions', async () => {
    await trade();
    await machine('a', { until: 'verify' });
    await rig.tamper({ day: `_g2#${SECOND}`, country: 'UK', sales: 2, units: 999 });
    expect((await machine('a')).at(-1)).toBe('failed');
    expect(await statusOf(containers[0]!)).toMatchObject({
      job: { problem: { code: 'differs', streams: ['totals'] } },
    });
    await expectTotals('1');
  });

  it('stands still, whichever request of freeze the stop meets', async () => {
    await trade();
    let stops = 0;
    for (; ; stops += 1) {
      const job = `a-${stops}`;
      await machine(job, { input: stops === 0 ? {} : { resume: true }, until: 'freeze' });
      await clock.sleep(3000);
      const call = async () => containers[0]!({ dbpatterns: 'rebuild', step: 'freeze', job });
      if (!(await stoppedAt(stops, { rig, by: containers[1]! }, call))) break;
      expect(await readRecord(rig.table)).toMatchObject({ beside: { phase: 'building' }, job: { state: 'stopped' } });
    }
    expect(stops).toBeGreaterThan(1);
    await machine('z', { input: { resume: true } });
    await expectTotals('1');
  });

  it('goes on by itself though each of its requests is throttled once', async () => {
    await trade();
    deploy('2');
    let throttled = 0;
    const attempt = (n: number): void => {
      let left = n;
      rig.fault = () => {
        if ((left -= 1) !== -1) return;
        throttled += 1;
        throw Object.assign(new Error('slow down'), { name: 'ProvisionedThroughputExceededException' });
      };
    };
    expect(await machine('a', { input: { segments: 1 }, attempt })).toEqual(everything);
    rig.fault = () => undefined;
    expect(throttled).toBeGreaterThan(40);
    await expectTotals('2');
  });

  it('is gone on with from any request on', async () => {
    await trade();
    deploy('2');
    let kills = 0;
    for (let survived = false, n = 1; !survived; n += 1) {
      let left = n;
      rig.fault = () => {
        if ((left -= 1) < 0) throw Object.assign(new Error('killed'), { name: 'Killed', $metadata: {} });
      };
      try {
        await machine(`killed-${n}`, { input: kills === 0 ? {} : { resume: true } });
        survived = true;
      } catch (error) {
        expect(String(error)).toMatch(/killed|waits/);
        kills += 1;
        rig.fault = () => undefined;
        await clock.sleep(25_000);
        const { job } = await statusOf(containers[1]!);
        if (job === undefined) kills = 0;
        await deliver(sold(`during-${n}`, n));
      }
    }
    rig.fault = () => undefined;
    expect(kills).toBeGreaterThan(10);
    await expectTotals('2');
  });
});
