import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  contribute,
  postgresAggregate,
  postgresView,
  Token,
  type Envelope,
  type PostgresView,
  type ProjectionHandler,
} from '../../../lambdas/cqrs/index.js';
import { FIRST, handlers, Registered, Returned, sale } from './aggregate.contract.js';
import { PostgresViews, type PostgresTotals } from './postgres-view-rig.js';
import { MovedClock, runMachine, statusOf, type MachineOptions } from './rebuild-machine.js';
import { shuffled } from './view-rig.js';

/** Version 2 counts thousands of units. */
const thousands = {
  ...handlers,
  Registered: ({ data: { day, country, units } }: { data: { day: string; country: string; units: number } }) =>
    contribute({ day, country }, { sales: 1, units: units * 1000 }),
};

let views: PostgresViews;
let totals: PostgresTotals;
let clock: MovedClock;
let containers: ProjectionHandler[];
let reader: PostgresView;

beforeAll(async () => {
  views = await PostgresViews.start('rebuilt');
});

beforeEach(async () => {
  clock = new MovedClock();
  totals = await views.totals();
  reader = postgresView(sale, totals.table, { db: await views.as('reader'), environment: {} });
  deploy('1');
});

function deploy(version: string): void {
  containers = [1, 2, 3].map(() => {
    const options = totals.options({ now: clock.now, sleep: clock.sleep });
    const settings = JSON.parse(options.environment!['DBPATTERNS_PROJECTION']!) as object;
    const environment = { DBPATTERNS_PROJECTION: JSON.stringify({ ...settings, version, functionTimeout: 20 }) };
    return postgresAggregate(sale, version === '1' ? handlers : thousands, { ...options, environment });
  });
}

const machine = (id: string, more: Partial<MachineOptions> = {}) => {
  const input = { settle: 3, keep: 60, segments: 2, ...more.input };
  return runMachine(containers[0]!, { clock, id, ...more, input });
};

async function deliver(commits: readonly Envelope[], seed = 1): Promise<void> {
  for (const [n, commit] of shuffled(commits, seed).entries()) {
    const { batchItemFailures } = await containers[n % containers.length]!(totals.rig.event([commit]));
    expect(batchItemFailures).toEqual([]);
  }
}

function sold(id: string, units: number): Envelope[] {
  return [
    totals.rig.commit(`sale/${id}`, Registered({ day: FIRST, country: 'UK', units })),
    totals.rig.commit(`sale/${id}`, Returned({ day: FIRST, country: 'UK', units: 0 })),
  ];
}

const trade = (): Promise<void> => deliver(['a', 'b', 'c', 'd', 'e'].flatMap((id, n) => sold(id, 10 + n)));

async function read(after?: Token): Promise<{ sales: number; units: number }> {
  const text = `select sales, units from ${totals.table} where day = :day`;
  const [row] = await reader.query<{ sales: number; units: number }>(text, { day: FIRST }, { after });
  return row!;
}

/** The totals of this generation of a table that was rebuilt, or its name for none. */
async function tables(): Promise<string[]> {
  const rows = await views.admin.query<{ name: string }>(
    `select cast(relname as text) as name from pg_class where relkind = 'r' and starts_with(relname, :table) order by 1`,
    { table: totals.table },
  );
  return rows.map(({ name }) => name).filter((name) => name === totals.table || name.startsWith(`${totals.table}__`));
}

const everything = ['fill', 'verify', 'freeze', 'totals', 'ready', 'verify', 'swap', 'finish', 'drop', 'drop', 'done'];

describe('a rebuild of totals in PostgreSQL', () => {
  it('counts everything once while commands go on, and readers with a token see nothing older', async () => {
    await trade();
    deploy('2');
    let count = 0;
    let most = 0;
    const traffic = async (): Promise<void> => {
      count += 1;
      const commits = sold(`made-${count}`, 1);
      await deliver([...commits, ...commits], count);
      const { sales } = await read(Token.of({ [commits[1]!.subject]: 2 }));
      expect(sales).toBeGreaterThanOrEqual(most);
      most = Math.max(most, sales);
    };
    expect(await machine('a', { beside: traffic })).toEqual(everything);
    expect(count).toBeGreaterThan(15);
    expect(await read()).toEqual({ sales: 5 + count, units: 1000 * (60 + count) });
    expect(await tables()).toEqual([totals.table]);
    expect(await statusOf(containers[0]!)).toMatchObject({ generation: 2, version: '2', due: false });
  });

  it('returns to the totals of before, which were kept up to date', async () => {
    await trade();
    deploy('2');
    await machine('a', { until: 'drop' });
    await clock.sleep(3000);
    expect(await read()).toEqual({ sales: 5, units: 60_000 });
    expect(await tables()).toEqual([totals.table, `${totals.table}__g1`]);
    await deliver(sold('late', 7));
    expect((await machine('b', { input: { rollback: true } })).at(-1)).toBe('done');
    expect(await read()).toEqual({ sales: 6, units: 60 + 7000 });
    expect(await tables()).toEqual([totals.table]);
  });

  it('holds no reader up for a query that takes long: it is the swap that comes again', async () => {
    await trade();
    deploy('2');
    await machine('a', { until: 'finish' });
    await clock.sleep(30_000);
    const finish = () => containers[0]!({ dbpatterns: 'rebuild', step: 'finish', job: 'a' });
    await views.postgres.direct(async (client) => {
      await client.query('begin');
      await client.query(`select sales from ${totals.table}`);
      const swap = expect(finish()).rejects.toMatchObject({ code: 'rebuild-unavailable' });
      // While the swap waits, and after it has given up.
      for (let n = 0; n < 10; n += 1) expect(await read()).toEqual({ sales: 5, units: 60 });
      await swap;
      expect(await read()).toEqual({ sales: 5, units: 60 });
      await client.query('rollback');
    });
    expect(await finish()).toMatchObject({ step: 'drop' });
    expect(await read()).toEqual({ sales: 5, units: 60_000 });
  });

  it('fails before readers begin to move where the tables could not be swapped, and goes on when they can', async () => {
    await trade();
    deploy('2');
    await machine('a', { until: 'swap' });
    await views.admin.query(`create view best_of_${totals.table} as select * from ${totals.table}`);
    expect((await machine('b', { input: { resume: true } })).at(-1)).toBe('failed');
    const { generation, job } = await statusOf(containers[0]!);
    expect(generation).toBe(1);
    expect(job).toMatchObject({ state: 'failed', problem: { code: 'has-dependents' } });
    expect(job?.problem?.message).toContain(`view public.best_of_${totals.table}`);
    expect(await machine('c', { input: { rollback: true } })).toEqual(['drop', 'done']);
    expect(await machine('d')).toEqual(['failed']);
    await views.admin.query(`drop view best_of_${totals.table}`);
    expect((await machine('e', { input: { resume: true } })).at(-1)).toBe('done');
    expect(await read()).toEqual({ sales: 5, units: 60_000 });
  });

  it('finds totals that are not the sum of the contributions', async () => {
    await trade();
    await machine('a', { until: 'verify' });
    await views.admin.query(`update ${totals.table}__g2 set units = units + 1`);
    expect((await machine('a')).at(-1)).toBe('failed');
    expect(await statusOf(containers[0]!)).toMatchObject({
      job: { problem: { code: 'differs', streams: ['totals'] } },
    });
    expect(await read()).toEqual({ sales: 5, units: 60 });
    expect(await machine('b', { input: { rollback: true } })).toEqual(['drop', 'done']);
    expect(await tables()).toEqual([totals.table]);
  });

  it('goes on by itself though each of its calls loses to another one once', async () => {
    await trade();
    deploy('2');
    let lost = 0;
    const attempt = (n: number): void => {
      let left = n;
      views.fault = () => {
        if ((left -= 1) !== -1) return;
        lost += 1;
        throw new Error('ERROR: deadlock detected; SQLState: 40P01');
      };
    };
    expect(await machine('a', { input: { segments: 1 }, attempt })).toEqual(everything);
    views.fault = () => undefined;
    expect(lost).toBeGreaterThan(30);
    expect(await read()).toEqual({ sales: 5, units: 60_000 });
  });

  it('is gone on with from any call on', async () => {
    await trade();
    deploy('2');
    let kills = 0;
    for (let survived = false, n = 2; !survived; n += 2) {
      let left = n;
      views.fault = () => {
        if ((left -= 1) < 0) throw new Error('killed');
      };
      try {
        await machine(`killed-${n}`, { input: kills === 0 ? {} : { resume: true } });
        survived = true;
      } catch (error) {
        expect(String(error)).toMatch(/killed|waits/);
        kills += 1;
        views.fault = () => undefined;
        await clock.sleep(25_000);
        const { job } = await statusOf(containers[1]!);
        if (job === undefined) kills = 0;
        await deliver(sold(`during-${n}`, 1));
      }
    }
    views.fault = () => undefined;
    expect(kills).toBeGreaterThan(5);
    const during = new Set(totals.rig.commits.map(({ subject }) => subject)).size - 5;
    expect(await read()).toEqual({ sales: 5 + during, units: 1000 * (60 + during) });
    expect(await tables()).toEqual([totals.table]);
  });
});
