import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CommitRig } from './commit-rig.js';

let rig: CommitRig;

beforeAll(async () => {
  rig = await CommitRig.start('commits');
});

beforeEach(() => {
  rig.counts();
});

describe('what a command costs', () => {
  it('is one request, one unit and no read for what begins an entity', async () => {
    expect(await rig.send('new/SetPrice', { price: 1 })).toMatchObject({ status: 200, body: { version: 1 } });
    expect(rig.counts()).toEqual({ commands: ['ExecuteStatement'], write: 1, read: 0 });
  });

  it('is one request for what must be new, too', async () => {
    await rig.send('must-be-new/SetPrice', { price: 1 }, { headers: { 'if-match': '"0"' } });
    expect(rig.counts()).toEqual({ commands: ['ExecuteStatement'], write: 1, read: 0 });
  });

  it('is a query more for what looks at its history', async () => {
    await rig.send('looks/SetPrice', { price: 1 });
    rig.counts();
    await rig.send('looks/ChangePrice', { price: 2 });
    expect(rig.counts()).toEqual({ commands: ['Query', 'ExecuteStatement'], write: 1, read: 1 });
  });

  it('is no more if its caller says which version it has seen', async () => {
    await rig.send('says/SetPrice', { price: 1 });
    rig.counts();
    await rig.send('says/ChangePrice', { price: 2 }, { headers: { 'if-match': '"1"' } });
    expect(rig.counts()).toEqual({ commands: ['Query', 'ExecuteStatement'], write: 1, read: 1 });
    await rig.send('says/SetPrice', { price: 3 }, { headers: { 'if-match': '"2"' } });
    expect(rig.counts()).toEqual({ commands: ['Query', 'ExecuteStatement'], write: 1, read: 1 });
  });

  it('is one transaction with state, at two units an item', async () => {
    await rig.send('with-state/CreateProduct', { price: 1 });
    expect(rig.counts()).toEqual({ commands: ['ExecuteTransaction'], write: 4, read: 0 });
  });

  it('is a refused write more where an entity that was taken to be new is not', async () => {
    await rig.send('blind/SetPrice', { price: 1 });
    rig.counts();
    expect(await rig.send('blind/SetPrice', { price: 2 })).toMatchObject({ body: { version: 2 } });
    expect(rig.counts().commands).toEqual(['ExecuteStatement', 'Query', 'ExecuteStatement']);
  });

  it('is a query more for a refusal and for a repeat', async () => {
    await rig.send('none/ChangePrice', { price: 1 });
    expect(rig.counts().commands).toEqual(['Query', 'Query']);
    await rig.send('again/SetPrice', { price: 1 }, { key: 'again' });
    rig.counts();
    await rig.send('again/SetPrice', { price: 1 }, { key: 'again' });
    expect(rig.counts().commands).toEqual(['ExecuteStatement', 'Query']);
    await rig.send('again/ChangePrice', { price: 2 }, { key: 'again-2' });
    rig.counts();
    await rig.send('again/ChangePrice', { price: 2 }, { key: 'again-2' });
    expect(rig.counts().commands).toEqual(['Query']);
  });
});

describe('64 writers of one entity', () => {
  it.each(['SetPrice', 'ChangePrice'])('all succeed, and meet a few times each: %s', async (name) => {
    await rig.send(`crowd-${name}/SetPrice`, { price: 1 });
    rig.counts();
    const prices = Array.from({ length: 64 }, (_, n) => n + 2);
    const answers = await Promise.all(prices.map((price) => rig.send(`crowd-${name}/${name}`, { price })));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const writes = rig.counts().commands.filter((command) => command === 'ExecuteStatement').length;
    // Without jitter it is 17 to 32 each.
    expect(writes / answers.length).toBeLessThan(16);
  });
});

it('is told to come again where its transaction was throttled, as for one item alone', async () => {
  const client = rig.client(() => {
    const CancellationReasons = [{ Code: 'None' }, { Code: 'ThrottlingError' }];
    throw Object.assign(new Error(), { name: 'TransactionCanceledException', $fault: 'client', CancellationReasons });
  });
  const handler = rig.container({ store: { table: rig.table, client } });

  expect(await rig.send('throttled/CreateProduct', { price: 1 }, { handler })).toMatchObject({ status: 503 });
});

it('waits before it tries again where others were in the way of an entity that is new', async () => {
  const waits: number[] = [];
  let conflicts = 0;
  const client = rig.client((command, call) => {
    if (command !== 'ExecuteTransaction' || conflicts > 0) return call();
    conflicts += 1;
    const CancellationReasons = [{ Code: 'None' }, { Code: 'TransactionConflict' }];
    throw Object.assign(new Error(), { name: 'TransactionCanceledException', $fault: 'client', CancellationReasons });
  });
  const sleep = async (milliseconds: number): Promise<void> => void waits.push(milliseconds);
  const handler = rig.container({ store: { table: rig.table, client }, sleep });

  expect(await rig.send('in-the-way/CreateProduct', { price: 1 }, { handler })).toMatchObject({ body: { version: 1 } });
  expect(waits).toHaveLength(1);
  // That the entity was not new is known at once, and nobody is in the way.
  expect(await rig.send('in-the-way/SetPrice', { price: 2 }, { handler })).toMatchObject({ body: { version: 2 } });
  expect(waits).toHaveLength(1);
});
