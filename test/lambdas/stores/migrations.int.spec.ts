import pg from 'pg';
import { describe, expect, it } from 'vitest';
import type { Migration } from '../../../lambdas/stores/migrations/files.js';
import { migrate } from '../../../lambdas/stores/migrations/migrate.js';
import { kit, PostgresRig, products } from './postgres-rig.js';

const first: Migration = { name: 'app/0001_first.sql', text: 'create table first (id int primary key);' };

const run = (rig: PostgresRig, migrations: readonly Migration[], lockTimeout?: number): Promise<string[]> =>
  migrate({ db: rig.admin, migrations, readSecret: rig.readSecret, lockTimeout });

const tables = async (rig: PostgresRig): Promise<string[]> => {
  const text = "select tablename as name from pg_tables where schemaname = 'public' order by 1";
  return (await rig.admin.query<{ name: string }>(text)).map(({ name }) => name);
};

describe('migrations', () => {
  it('are applied once, in order, and can be run again', async () => {
    const rig = await PostgresRig.start('again');
    const second = { name: 'app/0002_second.sql', text: 'alter table first add column name text' };
    expect(await run(rig, [...kit, first])).toEqual([...kit, first].map(({ name }) => name));
    expect(await run(rig, [...kit, first])).toEqual([]);
    expect(await run(rig, [...kit, first, second])).toEqual(['app/0002_second.sql']);
    expect(await tables(rig)).toEqual(['first']);
  });

  it('are applied once when several runs start together', async () => {
    const rig = await PostgresRig.start('together');
    const slow = { name: 'app/0002_slow.sql', text: 'select pg_sleep(0.3); create table slow (id int);' };
    const runs = await Promise.all([1, 2, 3].map(() => run(rig, [...kit, first, slow])));
    expect(runs.flat().sort()).toEqual([...kit, first, slow].map(({ name }) => name).sort());
  });

  it('stop at a file that was edited, before anything else is applied', async () => {
    const rig = await PostgresRig.start('edited');
    await run(rig, [first]);
    const edited = { ...first, text: 'create table first (id bigint primary key);' };
    const later = { name: 'app/0000_earlier_by_name.sql', text: 'create table later (id int)' };
    const failure = run(rig, [later, edited]);
    await expect(failure).rejects.toMatchObject({ code: 'edited', subject: 'app/0001_first.sql' });
    await expect(failure).rejects.toThrow(
      /app\/0001_first\.sql was edited .* \(applied with [0-9a-f]{64}, now [0-9a-f]{64}\)/,
    );
    expect(await tables(rig)).toEqual(['first']);
  });

  it('are the same whatever a checkout does to line ends', async () => {
    const rig = await PostgresRig.start('ends');
    const text = 'create table a (id int);\ncreate table b (id int);\n';
    await run(rig, [{ name: 'app/1.sql', text }]);
    expect(await run(rig, [{ name: 'app/1.sql', text: text.replaceAll('\n', '\r\n') }])).toEqual([]);
  });

  it('leave nothing of a file that fails, and go on from there when it is mended', async () => {
    const rig = await PostgresRig.start('failing');
    const broken = { name: 'app/0002_broken.sql', text: 'create table half (id int);\ncreate tabel other (id int);' };
    const failure = run(rig, [first, broken]);
    await expect(failure).rejects.toMatchObject({ code: 'failed', subject: 'app/0002_broken.sql' });
    await expect(failure).rejects.toThrow(/app\/0002_broken\.sql, statement 2: .*42601/);
    expect(await tables(rig)).toEqual(['first']);
    expect(await run(rig, [first, { ...broken, text: 'create table half (id int)' }])).toEqual(['app/0002_broken.sql']);
  });

  it('run statements that refuse a transaction one by one', async () => {
    const rig = await PostgresRig.start('concurrently');
    const index = {
      name: 'app/0002_index.sql',
      text: '-- dbpatterns:no-transaction\ncreate index concurrently if not exists by_id on first (id);',
    };
    expect(await run(rig, [first, index])).toEqual([first.name, index.name]);
    expect(await run(rig, [first, index])).toEqual([]);
  });

  it('say so if another run holds the lock for too long', async () => {
    const rig = await PostgresRig.start('held');
    await rig.direct(async (client) => {
      await client.query("begin; select pg_advisory_xact_lock(hashtextextended('dbpatterns.migrations', 0))");
      await expect(run(rig, [first], 100)).rejects.toMatchObject({ code: 'locked' });
      await client.query('rollback');
    });
  });
});

describe('a login', () => {
  it('gets the password of its secret, and another one when that changes', async () => {
    const rig = await (await PostgresRig.start('login')).migrated();
    const login = await rig.login('reader');
    const connect = async (password: string): Promise<string> => {
      const { host, port } = new pg.Client(rig.url);
      const client = new pg.Client({ host, port, user: login.name, password, database: rig.address.database });
      try {
        await client.connect();
        return 'in';
      } catch (error) {
        return error instanceof pg.DatabaseError ? (error.code ?? 'refused') : 'refused';
      } finally {
        await client.end();
      }
    };
    const { password } = JSON.parse((await rig.readSecret(login.secretArn)) ?? '{}') as { password: string };
    expect(await connect(password)).toBe('in');
    expect(await connect('wrong')).toBe('28P01');

    const secret = JSON.stringify({ username: login.name, password: 'another one' });
    await migrate({ db: rig.admin, migrations: kit, logins: [login], readSecret: async () => secret });
    expect(await connect(password)).toBe('28P01');
    expect(await connect('another one')).toBe('in');
  });

  it('is refused if its secret is for another one', async () => {
    const rig = await PostgresRig.start('other');
    const login = await rig.login('reader');
    const readSecret = async () => JSON.stringify({ username: 'postgres', password: 'p' });
    await expect(migrate({ db: rig.admin, migrations: kit, logins: [login], readSecret })).rejects.toMatchObject({
      code: 'login-differs',
      subject: login.name,
    });
  });
});

describe('a transaction of commands that nobody goes on with', () => {
  it('is ended by the database after a minute, so that its rows are not locked for longer', async () => {
    const rig = await PostgresRig.start('idle');
    await rig.migrated([...kit, products]);
    const idle = async (access: 'commands' | 'writer') => {
      const [row] = await (
        await rig.as(access)
      ).query("select current_setting('idle_in_transaction_session_timeout') as t");
      return row?.['t'];
    };
    expect(await idle('commands')).toBe('1min');
    expect(await idle('writer')).toBe('0');
  });
});

describe('what a login may do', async () => {
  const append = "select * from dbpatterns.append('c', 'f', 'product/1', null, '{}', 30, 7)";
  const statements = {
    append,
    require: 'select dbpatterns.require(1, 1, 1)',
    recorded: "select * from dbpatterns.recorded('c', 'product/1', 7)",
    published: "select dbpatterns.published('[]')",
    claim: 'select * from dbpatterns.claim(1, 1, 1, 1)',
    unpublished: 'select * from dbpatterns.unpublished(1)',
    waiting: 'select * from dbpatterns.waiting(1)',
    expire: 'select * from dbpatterns.expire(7, 1)',
    segment: "select * from dbpatterns.segment('product', 0, 1, null, null, 1)",
    commits: "select * from dbpatterns.commits('product')",
    tidy: 'select * from dbpatterns.tidy(7, 1)',
    history: "select * from dbpatterns.history('product/1', 1, 1)",
    'a function for views': 'select dbpatterns_view.probe()',
    'make a login': "select dbpatterns.login('x', 'writer', 'SCRAM')",
    'read the outbox': 'select * from dbpatterns.outbox',
    'read the command log': 'select * from dbpatterns.command',
    'delete from the outbox': 'delete from dbpatterns.outbox',
    'read a table': 'select * from product',
    'read a later table': 'select * from later',
    'write a table': "insert into product (id, price) values ('w', 1) on conflict do nothing",
    'use a sequence': "insert into price_change (product, price) values ('w', 1)",
    'make a table': 'create table own (id int)',
    'make a role': 'create role friend',
    'drop a table': 'drop table price_change',
    'truncate a table': 'truncate price_change',
  };
  const user = ['read a table', 'read a later table', 'write a table', 'use a sequence'];
  const allowed = {
    commands: ['append', 'require', 'recorded', 'published', ...user],
    relay: ['published', 'claim', 'unpublished', 'waiting', 'tidy', 'expire'],
    history: ['history', 'segment', 'commits'],
    view: ['a function for views'],
    reader: ['read a table', 'read a later table'],
    writer: user,
  };

  it.each(['commands', 'relay', 'history', 'view', 'reader', 'writer'] as const)(
    'is what it is for: %s',
    async (access) => {
      const later = { name: 'app/0002_later.sql', text: 'create table later (id int)' };
      const rig = await PostgresRig.start(`may_${access}`);
      const text =
        "create function dbpatterns_view.probe() returns int language sql as 'select 1'; " +
        'revoke all on function dbpatterns_view.probe from public';
      await rig.migrated([...kit, { name: 'kit/9999_probe.sql', text }, products]);
      await migrate({
        db: rig.admin,
        migrations: [...kit, { name: 'kit/9999_probe.sql', text }, products, later],
        readSecret: rig.readSecret,
      });
      const db = await rig.as(access);
      const done: string[] = [];
      for (const [what, statement] of Object.entries(statements)) {
        if (what === 'use a sequence')
          await rig.admin.query("insert into product values ('w', 1) on conflict do nothing");
        try {
          await db.query(statement);
          done.push(what);
        } catch (error) {
          expect([what, error]).toEqual([what, expect.objectContaining({ sqlState: '42501' })]);
        }
      }
      expect(done.sort()).toEqual([...allowed[access]].sort());
    },
  );
});
