import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  entityView,
  projection,
  put,
  remove,
  set,
  stream,
  Token,
  v1,
  type Envelope,
  type ProjectionHandler,
} from '../../../lambdas/cqrs/index.js';
import { readRecord } from '../../../lambdas/cqrs/live-generation.js';
import { MovedClock, runMachine, statusOf, stoppedAt, type MachineOptions } from './rebuild-machine.js';
import { shuffled, ViewRig } from './view-rig.js';

const product = stream('product', {
  Created: v1(z.object({ name: z.string(), price: z.int() })),
  Priced: v1(z.object({ price: z.int() })),
  Noted: v1(z.object({})),
  Retired: v1(z.object({})),
});
const { Created, Noted, Priced, Retired } = product.events;

interface Listed {
  readonly name: string;
  readonly price: number;
  readonly band: string;
}

/** What the handler of a version makes of a price. */
const bandOf = (version: string, price: number): string => (version === '1' ? 'any' : price < 100 ? 'low' : 'high');

/** How many products the handler was asked to create. */
let created = 0;

const handlersOf = (version: string) => ({
  Created: ({ data }: { data: { name: string; price: number } }) => {
    created += 1;
    return put({ ...data, band: bandOf(version, data.price) });
  },
  Priced: ({ data: { price } }: { data: { price: number } }) => {
    if (version === 'superstitious' && price === 13) throw new Error('an unlucky price');
    return set({ price, band: bandOf(version, price) });
  },
  Retired: () => remove(),
});

let rig: ViewRig;
let clock: MovedClock;
/** Containers of the function, each with its own copy of the record. */
let containers: ProjectionHandler[];

beforeEach(async () => {
  clock = new MovedClock();
  rig = await ViewRig.start({
    kind: 'entity',
    stream: 'product',
    indexes: [{ name: 'by-band', partitionKey: 'band', sortKey: 'price' }],
  });
  containers = [1, 2, 3].map(() => container('1'));
});

function container(version: string): ProjectionHandler {
  const { now, sleep } = clock;
  const options = rig.options({ now, sleep });
  const settings = JSON.parse(options.environment!['DBPATTERNS_PROJECTION']!) as object;
  const environment = { DBPATTERNS_PROJECTION: JSON.stringify({ ...settings, version, functionTimeout: 20 }) };
  return projection(product, handlersOf(version), { ...options, environment });
}

/** The function is deployed anew. */
function deploy(version: string): void {
  containers = [1, 2, 3].map(() => container(version));
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

/** Some products with some prices, and one that is retired. */
async function stock(count = 8): Promise<void> {
  const commits = Array.from({ length: count }, (_, n) => [
    rig.commit(`product/${n}`, Created({ name: `lantern ${n}`, price: n * 40 })),
    ...Array.from({ length: n % 4 }, (_, m) => rig.commit(`product/${n}`, Priced({ price: n * 40 + m }))),
  ]).flat();
  commits.push(rig.commit('product/0', Retired({})));
  commits.push(rig.commit('product/1', Noted({})));
  await deliver(commits);
}

/** What history says that the view has to be. */
function expected(version: string): Record<string, object> {
  const state = new Map<string, { name: string; price: number }>();
  for (const { subject, data } of rig.commits) {
    for (const event of data!.events) {
      const id = subject.slice('product/'.length);
      if (event.type === 'Created') state.set(id, event.data as { name: string; price: number });
      if (event.type === 'Priced') state.set(id, { ...state.get(id)!, ...(event.data as { price: number }) });
      if (event.type === 'Retired') state.delete(id);
    }
  }
  return Object.fromEntries([...state].map(([id, one]) => [id, { id, ...one, band: bandOf(version, one.price) }]));
}

/** What a reader that comes now sees, by keys and by the lists of an index. */
async function seen(): Promise<{ read: Record<string, object>; listed: Record<string, object> }> {
  const view = entityView<Listed & { id: string }>(product, { table: rig.table, now: clock.now });
  const ids = [...new Set(rig.commits.map(({ subject }) => subject.slice('product/'.length)))];
  const read: Record<string, object> = {};
  for (const id of ids) {
    const found = await view.get(id);
    if (found !== undefined) read[id] = found;
  }
  const pages = await Promise.all(['any', 'low', 'high'].map((band) => view.list('by-band', band, { limit: 1000 })));
  const listed = pages.flatMap(({ items }) => items).map((item) => [item.id, item] as const);
  return { read, listed: Object.fromEntries(listed) };
}

async function expectView(version: string): Promise<void> {
  const all = expected(version);
  expect(await seen()).toEqual({ read: all, listed: all });
}

const everything = ['fill', 'verify', 'ready', 'verify', 'swap', 'finish', 'drop', 'drop', 'done'];

describe('a rebuild of an entity view', () => {
  it('shows what the new handler makes of history, at once, and drops what was before', async () => {
    await stock();
    deploy('2');
    await expectView('1');
    const [first] = containers;
    expect(await statusOf(first!)).toMatchObject({ version: '1', declared: '2', due: true, generation: 1 });
    expect(await machine('a')).toEqual(everything);
    await expectView('2');
    expect(await statusOf(first!)).toMatchObject({
      version: '2',
      declared: '2',
      due: false,
      generation: 2,
      job: { state: 'done' },
    });
    const left = Object.keys(await rig.items());
    expect(left.filter((key) => !key.startsWith('_g2#'))).toEqual([]);
    expect(left).toHaveLength(8);
    await deliver([
      rig.commit('product/7', Priced({ price: 7 })),
      rig.commit('product/new', Created({ name: 'new', price: 1 })),
    ]);
    await expectView('2');
    expect(await machine('b')).toEqual(everything);
    expect(Object.keys(await rig.items()).filter((key) => !key.startsWith('_g3#'))).toEqual([]);
    await expectView('2');
  });

  it('takes one write per stream and page, however many commits it has', async () => {
    await stock();
    rig.sent.length = 0;
    await machine('a', { until: 'verify' });
    const writes = rig.sent.filter(({ command, input }) => /Put|Update/.test(command) && !isRecord(input));
    const pages = new Set<string>();
    for (const segment of [0, 1, 2]) {
      let cursor: string | undefined;
      do {
        const page = await rig.segments.page({ streamName: 'product', segment, segments: 3, cursor });
        for (const { subject } of page.commits) pages.add(`${segment} ${cursor} ${subject}`);
        ({ cursor } = page);
      } while (cursor !== undefined);
    }
    expect(writes).toHaveLength(pages.size);
    expect(pages.size).toBeLessThan(rig.commits.length);
  });

  it('goes on at its rate, in small steps', async () => {
    await stock();
    const [rate, segments] = [2, 3];
    let began: number | undefined;
    let writes = 0;
    rig.fault = (command, input) => {
      if (!JSON.stringify(input).includes('_g2#') || !/Put|Update/.test(command)) return;
      began ??= clock.now().getTime();
      writes += 1;
      expect(writes).toBeLessThanOrEqual(segments + (rate * (clock.now().getTime() - began)) / 1000);
    };
    await machine('a', { input: { rate, settle: 0, segments }, until: 'verify' });
    expect(writes).toBeGreaterThan(segments);
    expect(clock.now().getTime() - began!).toBeGreaterThanOrEqual(
      ((rig.commits.length - segments) / rate) * 1000 * 0.5,
    );
  });

  it('loses and doubles nothing while commands go on, and no reader sees an older state than before', async () => {
    await stock();
    deploy('2');
    const views = [1, 2].map(() =>
      entityView<Listed>(product, { table: rig.table, now: clock.now, sleep: clock.sleep }),
    );
    const highest = new Map<string, number>();
    let count = 0;
    const traffic = async (): Promise<void> => {
      count += 1;
      const [id, price] = [String(1 + (count % 7)), 1000 + 2 * count];
      const commits = [price, price + 1].map((one) => rig.commit(`product/${id}`, Priced({ price: one })));
      if (count % 5 === 0) commits.push(rig.commit(`product/made-${count}`, Created({ name: 'made', price })));
      await deliver([...commits, ...commits], count);
      const after = Token.of({ [`product/${id}`]: commits[1]!.version }, { now: clock.now });
      for (const view of views) {
        expect((await view.get(id, { after }))!.price).toBeGreaterThan(price);
        for (const [other, before] of highest) {
          expect((await view.get(other))!.price).toBeGreaterThanOrEqual(before);
        }
      }
      highest.set(id, Math.max(price, highest.get(id) ?? 0));
    };
    expect(await machine('a', { beside: traffic })).toEqual(everything);
    expect(count).toBeGreaterThan(15);
    await expectView('2');
  });

  it('is moved to by all readers at one instant, whenever each has read the record', async () => {
    await stock();
    deploy('2');
    await machine('a', { until: 'swap' });
    await clock.sleep(3000);
    const reader = () => entityView<Listed>(product, { table: rig.table, now: clock.now, sleep: clock.sleep });
    const earlier = reader();
    const bands = () =>
      Promise.all([earlier, reader()].map(async (view) => (await view.get('3'))!.band)).then((all) => all.join());
    expect(await bands()).toBe('any,any');
    await containers[0]!({ dbpatterns: 'rebuild', step: 'swap', job: 'a' });
    expect(await bands()).toBe('any,any');
    await clock.sleep(2500);
    expect(await bands()).toBe('any,any');
    await clock.sleep(2500);
    expect(await bands()).toBe('high,high');
  });

  it('is verified once more in full, whatever a call says of the first time that nobody waits for any more', async () => {
    await stock();
    deploy('2');
    await machine('a', { until: 'verify' });
    const call = (step: 'next' | 'ready' | 'verify', segment = 0) =>
      containers[0]!({ dbpatterns: 'rebuild', job: 'a', ...(step === 'verify' ? { step, segment } : { step }) });
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const held = new Promise<void>((resolve) => {
      rig.fault = (_, input) => {
        if (!JSON.stringify(input).includes('_g2#')) return undefined;
        rig.fault = () => undefined;
        resolve();
        return gate;
      };
    });
    const abandoned = call('verify');
    await held;
    for (const segment of [0, 1, 2]) expect(await call('verify', segment)).toMatchObject({ done: true });
    await call('next');
    const again = { step: 'verify', segments: [0, 1, 2] };
    expect(await call('ready')).toMatchObject(again);
    go();
    await abandoned;
    expect(await call('next')).toMatchObject(again);
    await clock.sleep(3000);
    expect(await machine('a')).toEqual(everything.slice(3));
    await expectView('2');
  });

  it('gets a commit that comes between its page and its write', async () => {
    await stock();
    await machine('a', { until: 'fill' });
    await clock.sleep(3000);
    const last = rig.commit('product/5', Priced({ price: 555 }));
    rig.commits.pop();
    let came = false;
    rig.fault = async (command, input) => {
      if (came || command !== 'PutItem' || !JSON.stringify(input).includes('_g2#5')) return;
      came = true;
      rig.commits.push(last);
      await deliver([last]);
    };
    expect(await machine('a')).toEqual(everything);
    expect(came).toBe(true);
    await expectView('1');
  });
});

describe('a generation that is about to be read', () => {
  it('is not compared once more, which would hold up what only it cannot take for as long', async () => {
    await stock();
    created = 0;
    await machine('a', { until: 'verify' });
    await machine('a', { until: 'ready' });
    expect(created).toBe(16);
    expect(await machine('a', { until: 'swap' })).toEqual(['ready', 'verify', 'swap']);
    expect(created).toBe(16);
  });

  it('has caught up with what it missed after it was compared', async () => {
    await stock();
    deploy('2');
    await machine('a', { until: 'ready' });
    rig.fault = (_, input) => {
      if (JSON.stringify(input).includes('"_g2#')) throw Object.assign(new Error('slow down'), { $fault: 'server' });
    };
    const missed = [1, 2, 3].map((n) => rig.commit('product/5', Priced({ price: n })));
    missed.push(rig.commit('product/late', Created({ name: 'late', price: 1 })));
    await deliver(missed);
    rig.fault = () => undefined;
    expect((await rig.items())['_g2#late']).toBeUndefined();
    await machine('a', { until: 'swap' });
    expect((await rig.items())['_g2#5']).toMatchObject({ price: 3 });
    await machine('a');
    await expectView('2');
  });
});

describe('the version of a view', () => {
  it('is what fed it first, noted by one write in the life of the view', async () => {
    deploy('2');
    expect(await statusOf(containers[0]!)).toMatchObject({ version: '2', declared: '2', due: false });
    await stock();
    await clock.sleep(10_000);
    await deliver([rig.commit('product/3', Priced({ price: 1 }))]);
    expect(rig.records.filter(({ command }) => command === 'PutItem')).toHaveLength(1);
    expect(await readRecord(rig.table)).toEqual({ live: 1, revision: 1, version: '2' });
    deploy('3');
    await deliver([rig.commit('product/3', Priced({ price: 2 }))]);
    expect(await statusOf(containers[0]!)).toMatchObject({ version: '2', declared: '3', due: true });
  });

  it('is noted once though all begin at the same moment', async () => {
    deploy('2');
    const commits = [1, 2, 3].map((n) => rig.commit(`product/${n}`, Created({ name: 'lantern', price: n })));
    await Promise.all(commits.map(async (commit, n) => containers[n]!(rig.event([commit]))));
    expect(await readRecord(rig.table)).toEqual({ live: 1, revision: 1, version: '2' });
    await expectView('2');
  });
});

const isRecord = (input: object): boolean => JSON.stringify(input).includes('"_generation"');

describe('a rebuild that is killed', () => {
  it('is gone on with from any request on', async () => {
    await stock(4);
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
        expect(String(error)).toMatch(/killed|Killed|waits/);
        kills += 1;
        rig.fault = () => undefined;
        await clock.sleep(25_000);
        const { job } = await statusOf(containers[1]!);
        if (job === undefined) kills = 0;
        await deliver([rig.commit('product/2', Priced({ price: n }))]);
      }
    }
    rig.fault = () => undefined;
    expect(kills).toBeGreaterThan(10);
    await expectView('2');
    expect(Object.keys(await rig.items()).filter((key) => !key.startsWith('_g2#'))).toEqual([]);
  });

  it('goes on by itself though each of its requests is throttled once', async () => {
    await stock();
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
    await expectView('2');
  });

  it('lets an execution that was replaced do nothing more', async () => {
    await stock();
    await machine('a', { until: 'verify' });
    await machine('b', { input: { resume: true }, until: 'ready' });
    const [handler] = containers;
    expect(await handler!({ dbpatterns: 'rebuild', step: 'next', job: 'a' })).toMatchObject({ step: 'superseded' });
    expect(await handler!({ dbpatterns: 'rebuild', step: 'verify', job: 'a', segment: 0 })).toEqual({
      done: true,
      wait: 0,
    });
  });

  it.each([
    ['swap', { state: 'running', step: 'finish' }],
    ['stop', { state: 'stopped', step: 'ready' }],
  ] as const)('takes a write of %s whose answer was lost for its own', async (step, job) => {
    await stock();
    await machine('a', { until: 'swap' });
    await clock.sleep(3000);
    const { revision } = await readRecord(rig.table);
    rig.fault = async (command, input) => {
      if (command !== 'PutItem' || !isRecord(input)) return;
      rig.fault = () => undefined;
      // It comes twice, and the second one is refused.
      await rig.repeat(input);
      await clock.sleep(1000);
    };
    await containers[0]!({ dbpatterns: 'rebuild', step, job: 'a' });
    expect(await readRecord(rig.table)).toMatchObject({ revision: revision + 1, job });
  });

  it('is not tried again where another attempt meets the same, and says that it was given up', async () => {
    await stock();
    deploy('2');
    await machine('a', { until: 'swap' });
    await clock.sleep(3000);
    const refused = (name: string) => () => {
      throw Object.assign(new Error('no'), { name, $metadata: { httpStatusCode: 400 } });
    };
    const swap = async () => containers[0]!({ dbpatterns: 'rebuild', step: 'swap', job: 'a' });
    rig.fault = refused('AccessDeniedException');
    await expect(swap()).rejects.toMatchObject({ name: 'AccessDeniedException' });
    rig.fault = refused('ThrottlingException');
    await expect(swap()).rejects.toMatchObject({
      name: 'RebuildUnavailableError',
      cause: { name: 'ThrottlingException' },
    });
    await expect(statusOf(containers[0]!)).rejects.toMatchObject({ name: 'ThrottlingException' });
    rig.fault = () => undefined;
    const fail = async (job: string) =>
      containers[0]!({ dbpatterns: 'rebuild', step: 'fail', job, error: 'AccessDeniedException' });
    expect(await fail('another')).toMatchObject({ step: 'superseded' });
    expect(await fail('a')).toMatchObject({ step: 'failed' });
    const { job } = await statusOf(containers[0]!);
    expect(job).toMatchObject({ state: 'failed', step: 'ready', problem: { code: 'given-up', streams: [] } });
    expect(job?.problem?.message).toContain('AccessDeniedException');
    expect((await machine('b', { input: { resume: true } })).at(-1)).toBe('done');
    expect(await fail('b')).toMatchObject({ step: 'done' });
    expect((await statusOf(containers[0]!)).job).toMatchObject({ state: 'done' });
    await expectView('2');
  });

  it('asks to be repeated where history cannot be counted as it begins', async () => {
    await stock();
    const begin = async () =>
      containers[0]!({
        dbpatterns: 'rebuild',
        step: 'start',
        job: 'a',
        input: { settle: 3, keep: 60, segments: 3 },
      });
    rig.historyIsAway = true;
    await expect(begin()).rejects.toMatchObject({ name: 'RebuildUnavailableError' });
    rig.historyIsAway = false;
    expect(await begin()).toMatchObject({ step: 'fill' });
  });

  it('tells an execution that was replaced while it began', async () => {
    await stock();
    const start = async (job: string, input: object) =>
      containers[0]!({
        dbpatterns: 'rebuild',
        step: 'start',
        job,
        input: { settle: 3, keep: 60, segments: 3, ...input },
      });
    rig.whileCounting = async () => {
      rig.whileCounting = undefined;
      expect(await start('b', { resume: true })).toMatchObject({ step: 'fill' });
    };
    expect(await start('a', {})).toMatchObject({ step: 'superseded' });
  });

  it('refuses a second one beside it', async () => {
    await stock();
    await machine('a', { until: 'verify' });
    await expect(machine('b')).rejects.toMatchObject({ name: 'RebuildError', code: 'rebuild-running' });
  });
});

describe('a rebuild that is stopped', () => {
  it('ends at its next call, holds nothing up, and goes on when it is resumed', async () => {
    await stock();
    deploy('2');
    await machine('a', { until: 'swap' });
    const stopped = await containers[1]!({ dbpatterns: 'rebuild', step: 'stop' });
    expect(stopped).toMatchObject({ job: { state: 'stopped', step: 'ready' } });
    expect(await containers[0]!({ dbpatterns: 'rebuild', step: 'swap', job: 'a' })).toMatchObject({ step: 'stopped' });
    await clock.sleep(3000);
    await deliver([rig.commit('product/3', Priced({ price: 3 }))]);
    expect((await seen()).read).toMatchObject({ '3': { price: 3 }, '4': { band: 'any' } });
    expect(await machine('b', { input: { resume: true } })).toEqual(everything.slice(2));
    await expectView('2');
  });

  it.each(['ready', 'swap'] as const)('stands still, whichever request of %s the stop meets', async (step) => {
    await stock(4);
    deploy('2');
    let stops = 0;
    for (; ; stops += 1) {
      const job = `a-${stops}`;
      await machine(job, { input: stops === 0 ? {} : { resume: true }, until: step });
      await clock.sleep(3000);
      const call = async () => containers[0]!({ dbpatterns: 'rebuild', step, job });
      if (!(await stoppedAt(stops, { rig, by: containers[1]! }, call))) break;
      const record = await readRecord(rig.table);
      expect(record).toMatchObject({ live: 1, beside: { phase: 'building' }, job: { state: 'stopped' } });
      expect(record).not.toHaveProperty('at');
    }
    expect(stops).toBeGreaterThan(2);
    await machine('z', { input: { resume: true } });
    await expectView('2');
  });
});

describe('a rollback', () => {
  it('drops a generation that nobody reads yet', async () => {
    await stock();
    deploy('2');
    await machine('a', { until: 'swap' });
    expect(await machine('b', { input: { rollback: true } })).toEqual(['drop', 'done']);
    await expectView('1');
    expect(Object.keys(await rig.items()).filter((key) => key.startsWith('_g'))).toEqual([]);
    expect(await machine('c')).toEqual(everything);
    expect(Object.keys(await rig.items()).filter((key) => !key.startsWith('_g3#'))).toEqual([]);
  });

  it('returns to the generation of before, which was kept up to date', async () => {
    await stock();
    deploy('2');
    await machine('a', { until: 'drop' });
    await clock.sleep(3000);
    await expectView('2');
    await deliver([
      rig.commit('product/3', Priced({ price: 5 })),
      rig.commit('product/late', Created({ name: 'late', price: 5 })),
    ]);
    const before = Object.keys(await rig.items()).filter((key) => !key.startsWith('_g'));
    expect(await machine('b', { input: { rollback: true } })).toEqual([
      'verify',
      'swap',
      'finish',
      'drop',
      'drop',
      'done',
    ]);
    expect(await statusOf(containers[0]!)).toMatchObject({ generation: 1, version: '1', due: true });
    expect((await seen()).read).toMatchObject({ '3': { price: 5 }, '4': { band: 'any' }, late: { name: 'late' } });
    expect(Object.keys(await rig.items()).sort()).toEqual(before.sort());
  });

  it('returns to no less than readers have seen, where a function ended between its two writes', async () => {
    await stock();
    deploy('2');
    await machine('a', { until: 'finish' });
    await clock.sleep(4000);
    const earlier = containers[2]!;
    await earlier(rig.event([rig.commit('product/5', Priced({ price: 5 }))]));
    await containers[0]!({ dbpatterns: 'rebuild', job: 'a', step: 'finish' });
    // By the record of before it writes what readers see now first.
    const last = rig.commit('product/3', Priced({ price: 9 }));
    rig.fault = (command, input) => {
      const text = JSON.stringify(input);
      if (/^(Put|Update)Item$/.test(command) && text.includes('"3"')) throw new Error('it has ended');
    };
    await earlier(rig.event([last]));
    rig.fault = () => undefined;
    expect((await seen()).read['3']).toMatchObject({ price: 9 });
    expect((await rig.items())['3']).toMatchObject({ _version: last.version - 1 });
    expect((await machine('b', { input: { rollback: true } })).at(-1)).toBe('done');
    expect((await seen()).read['3']).toMatchObject({ price: 9 });
  });

  it('is too late when the generation of before was dropped', async () => {
    await stock();
    await machine('a');
    await expect(machine('b', { input: { rollback: true } })).rejects.toMatchObject({ code: 'nothing-to-do' });
  });
});

describe('what a new generation cannot take', () => {
  it('fails the job with the streams named, while readers and their view go on', async () => {
    await stock();
    await deliver([rig.commit('product/3', Priced({ price: 13 })), rig.commit('product/3', Priced({ price: 14 }))]);
    deploy('superstitious');
    expect((await machine('a')).at(-1)).toBe('failed');
    const { job, parked } = await statusOf(containers[0]!);
    expect(job).toMatchObject({ state: 'failed', problem: { code: 'parked', streams: ['product/3'] } });
    expect(parked).toBe(0);
    expect((await seen()).read['3']).toMatchObject({ price: 14 });
    await clock.sleep(3000);
    await deliver([rig.commit('product/3', Priced({ price: 15 }))]);
    expect((await seen()).read['3']).toMatchObject({ price: 15 });
    deploy('2');
    expect((await machine('b', { input: { resume: true } })).at(-1)).toBe('done');
    await expectView('2');
  });

  it('is passed by discard', async () => {
    await stock();
    await deliver([rig.commit('product/3', Priced({ price: 13 })), rig.commit('product/3', Priced({ price: 14 }))]);
    deploy('superstitious');
    expect((await machine('a')).at(-1)).toBe('failed');
    await clock.sleep(3000);
    await containers[1]!.discard('product/3');
    expect((await machine('b', { input: { resume: true } })).at(-1)).toBe('done');
    expect((await seen()).read['3']).toMatchObject({ price: 14 });
  });

  it('waits, with its stream, while readers are about to move', async () => {
    await stock();
    deploy('superstitious');
    await machine('a', { until: 'swap' });
    await clock.sleep(3000);
    const bad = rig.commit('product/3', Priced({ price: 13 }));
    await deliver([bad]);
    expect(await rig.waiting(rig.queueUrl)).toBe(1);
    expect((await rig.items())['3']).toMatchObject({ _version: bad.version - 1 });
    expect(rig.log.map(({ message }) => message)).toContain('waits for readers to move');
    expect(await machine('b', { input: { rollback: true } })).toEqual(['drop', 'done']);
    deploy('2');
    await rig.pump(containers[0]!);
    expect((await rig.items())['3']).toMatchObject({ price: 13, _version: bad.version });
  });
});

describe('the verification', () => {
  it('finds an item that is not what history gives', async () => {
    await stock();
    await machine('a', { until: 'verify' });
    await rig.tamper({ id: '_g2#3', name: 'another', price: 3, band: '_g2#any', _version: 4 });
    expect((await machine('a')).at(-1)).toBe('failed');
    const { job } = await statusOf(containers[0]!);
    expect(job).toMatchObject({ state: 'failed', problem: { code: 'differs', streams: ['product/3'] } });
    await expectView('1');
    expect(await machine('b', { input: { rollback: true } })).toEqual(['drop', 'done']);
  });
});

describe('a history that is behind what was delivered', () => {
  /** Delivers a commit that history does not hold yet, to all generations or to the live one only. */
  async function ahead(id: string, to: 'all' | 'live'): Promise<Envelope> {
    const event = id === 'ghost' ? Created({ name: 'ghost', price: 1 }) : Priced({ price: 555 });
    const commit = rig.commit(`product/${id}`, event);
    rig.commits.pop();
    rig.fault = (_, input) => {
      if (to === 'live' && JSON.stringify(input).includes('"_g2#')) {
        throw Object.assign(new Error('slow down'), { $fault: 'server' });
      }
    };
    await deliver([commit]);
    rig.fault = () => undefined;
    return commit;
  }

  it.each([
    ['verify', 'all'],
    ['verify', 'live'],
    ['ready', 'live'],
  ] as const)('is waited for at %s, where %s have more: readers never see less than before', async (until, to) => {
    await stock();
    deploy('2');
    await machine('a', { until });
    await clock.sleep(3000);
    const late = await ahead('5', to);
    await expect(machine('b', { input: { resume: true } })).rejects.toMatchObject({ code: 'rebuild-unavailable' });
    const { generation, job } = await statusOf(containers[0]!);
    expect({ generation, problem: job?.problem }).toEqual({ generation: 1, problem: undefined });
    let calls = 0;
    const attempt = (n: number): void => {
      if (n > 0 && (calls += 1) === 2) rig.commits.push(late);
    };
    expect((await machine('c', { input: { resume: true }, attempt })).at(-1)).toBe('done');
    expect(calls).toBe(2);
    await expectView('2');
  });

  it.each(['verify', 'ready'] as const)('fails the job at %s with the streams that it lacks', async (until) => {
    await stock();
    deploy('2');
    await machine('a', { until });
    await clock.sleep(3000);
    await ahead('ghost', 'live');
    expect((await machine('b', { input: { resume: true } })).at(-1)).toBe('failed');
    const { generation, job } = await statusOf(containers[0]!);
    expect(generation).toBe(1);
    expect(job).toMatchObject({ problem: { code: 'history-expired', streams: ['product/ghost'] } });
  });
});
