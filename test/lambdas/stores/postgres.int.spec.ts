import { beforeAll, describe, expect, it } from 'vitest';
import { date, decimal, json, sql, uuid, type SqlValue } from '../../../lambdas/stores/index.js';
import { PostgresRig } from './postgres-rig.js';

let rig: PostgresRig;

beforeAll(async () => {
  rig = await PostgresRig.start('client');
  await rig.admin.query(
    `create table kept (t text, i int, b bigint, d double precision, n numeric(10, 2), f boolean, at timestamptz,
       plain timestamp, day date, u uuid, j jsonb, raw bytea)`,
  );
});

describe('a value', () => {
  it.each<[string, SqlValue, unknown]>([
    ['t', 'é " \' :name', 'é " \' :name'],
    ['i', 3, 3],
    ['b', 9_007_199_254_740_991, 9_007_199_254_740_991],
    ['d', 1.5, 1.5],
    ['d', 2, 2],
    ['n', decimal('1.20'), '1.20'],
    ['f', false, false],
    ['at', new Date('2010-12-01T08:26:00.123Z'), new Date('2010-12-01T08:26:00.123Z')],
    ['plain', new Date('2010-12-01T08:26:00Z'), new Date('2010-12-01T08:26:00Z')],
    ['day', date('2010-12-01'), '2010-12-01'],
    ['u', uuid('3f333df6-90a4-4fda-8dd3-9485d27cee36'), '3f333df6-90a4-4fda-8dd3-9485d27cee36'],
    ['j', json({ a: [1, null] }), { a: [1, null] }],
    ['raw', new Uint8Array([0, 255]), new Uint8Array([0, 255])],
    ['t', null, null],
    ['i', null, null],
  ])('comes back as it went: %s %s', async (column, value, expected) => {
    const text = `insert into kept (${column}) values (:value) returning ${column} as back`;
    const [row] = await rig.admin.query(text, { value });
    const back = row?.['back'];
    expect(back instanceof Uint8Array ? new Uint8Array(back) : back).toEqual(expected);
  });

  it('may be an array when it is read', async () => {
    const [row] = await rig.admin.query("select array['a', 'b'] as texts, array[1, 2] as numbers");
    expect(row).toEqual({ texts: ['a', 'b'], numbers: [1, 2] });
  });
});

describe('a statement', () => {
  it('counts the rows that it changes or returns', async () => {
    await rig.admin.query('create table counted (id int primary key)');
    expect(await rig.admin.execute(sql('insert into counted select generate_series(1, 3)'))).toBe(3);
    expect(await rig.admin.execute(sql('select * from counted'))).toBe(3);
    expect(await rig.admin.execute(sql('delete from counted where id > :id returning id', { id: 1 }))).toBe(2);
    expect(await rig.admin.execute(sql('update counted set id = 9 where id = 8'))).toBe(0);
  });

  it('that breaks a rule says which', async () => {
    await rig.admin.query('create table ruled (id int constraint once primary key)');
    await rig.admin.query('insert into ruled values (1)');
    await expect(rig.admin.query('insert into ruled values (1)')).rejects.toMatchObject({
      name: 'PostgresError',
      sqlState: '23505',
      constraint: 'once',
    });
  });
});

describe('a transaction', () => {
  it('is kept when its function returns and undone when it throws', async () => {
    await rig.admin.query('create table steps (id int)');
    await rig.admin.transaction((tx) => tx.query('insert into steps values (1)'));
    const failing = rig.admin.transaction(async (tx) => {
      await tx.query('insert into steps values (2)');
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await rig.admin.query('select id from steps')).toEqual([{ id: 1 }]);
  });
});
