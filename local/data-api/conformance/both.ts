import { long, rowsOf, slow, SOURCE, text, type Case, type DatabaseEngine } from './case.js';

const PAUSE: Readonly<Record<DatabaseEngine, string>> = { postgresql: 'pg_sleep', mysql: 'sleep' };
const unknown = { error: 'TransactionNotFoundException' };

/** What the service itself does, over whichever engine: limits, checks, time, transactions. */
export function both(engine: DatabaseEngine): readonly Case[] {
  const row = rowsOf(engine);
  const pause = PAUSE[engine];
  return [
    row('A6', 'a statement has 65,536 characters at the most', 'documented', SOURCE.execute, {
      sql: `select 1 -- ${'x'.repeat(65_536)}`,
      expect: { error: 'ValidationException' },
    }),
    row('A7', 'a request has 4 MiB at the most', 'deduced', SOURCE.batch, {
      sql: 'select :a',
      parameters: [text('a', 'x'.repeat(5_000_000))],
      expect: { error: 'ValidationException' },
    }),
    row('C13', 'an array is no parameter', 'observed', SOURCE.arrays, {
      sql: 'select :a',
      parameters: [{ name: 'a', value: { arrayValue: { longValues: [1] } } }],
      expect: { error: 'ValidationException', message: /^Array parameters are not supported\.?$/ },
    }),
    row(
      'C22-micro',
      'TIME and TIMESTAMP take three digits of a fraction, which is what is documented, and no more',
      'not documented',
      SOURCE.parameter,
      {
        sql: 'select :a',
        parameters: [text('a', '03:04:05.6789', 'TIME')],
        expect: { error: 'ValidationException' },
      },
      {
        sql: 'select :a',
        parameters: [text('a', '2011-01-02 03:04:05.678901', 'TIMESTAMP')],
        expect: { error: 'ValidationException' },
      },
    ),
    row('C28', 'a long has 64 bits', 'deduced', SOURCE.field, {
      sql: 'select :a',
      parameters: [long('a', 10 ** 19)],
      expect: { error: 'ValidationException' },
    }),
    slow(
      row('D4', 'a statement may take 45 s', 'documented', SOURCE.timeouts, {
        sql: `select ${pause}(50)`,
        expect: { error: 'StatementTimeoutException' },
      }),
    ),
    slow(
      row(
        'D5',
        'a statement goes on after its time-out where that was asked for',
        'documented',
        SOURCE.timeouts,
        { sql: 'create table {t} (id int)' },
        {
          sql: `insert into {t} select length(concat(${pause}(50), ''))`,
          continueAfterTimeout: true,
          expect: { error: 'StatementTimeoutException' },
        },
        { after: 10_000, sql: 'select count(*) from {t}', expect: { field: { longValue: 1 } } },
      ),
    ),
    row(
      'E1',
      'a transaction is seen when it is committed',
      'documented',
      SOURCE.commit,
      { sql: 'create table {t} (id int)' },
      { call: 'begin' },
      { sql: 'insert into {t} values (1)' },
      { outside: true, sql: 'select count(*) from {t}', expect: { field: { longValue: 0 } } },
      { call: 'commit', expect: { answer: { transactionStatus: 'Transaction Committed' } } },
      { outside: true, sql: 'select count(*) from {t}', expect: { field: { longValue: 1 } } },
    ),
    row(
      'E1-rollback',
      'a transaction that is rolled back leaves nothing',
      'documented',
      SOURCE.calling,
      { sql: 'create table {t} (id int)' },
      { call: 'begin' },
      { sql: 'insert into {t} values (1)' },
      { call: 'rollback', expect: { answer: { transactionStatus: 'Rollback Complete' } } },
      { outside: true, sql: 'select count(*) from {t}', expect: { field: { longValue: 0 } } },
    ),
    slow(
      row(
        'E3',
        'a transaction without a call for three minutes is rolled back',
        'documented',
        SOURCE.begin,
        { call: 'begin' },
        { after: 190_000, sql: 'select 1', expect: unknown },
      ),
    ),
    row(
      'E5',
      'a transaction that has ended is not found',
      'documented',
      SOURCE.troubleshooting,
      { call: 'begin' },
      { call: 'rollback' },
      { sql: 'select 1', expect: { ...unknown, message: /^Transaction .* (is not|isn't) found/ } },
    ),
    row('E6', 'a commit of an unknown transaction is not found either', 'not documented', SOURCE.commit, {
      call: 'commit',
      transactionId: 'AQ==',
      expect: unknown,
    }),
    row(
      'E7',
      'a transaction runs one statement at a time',
      'documented',
      SOURCE.troubleshooting,
      { call: 'begin' },
      { sql: `select ${pause}(1)`, background: true },
      {
        after: 300,
        sql: 'select 1',
        expect: { error: 'DatabaseErrorException', message: 'Transaction is still running a query' },
      },
    ),
    row(
      'E14',
      'a call in a transaction names its database or none; another one is refused',
      'deduced',
      SOURCE.database,
      { call: 'begin' },
      { sql: 'select 1', database: 'another_one', expect: { error: 'ValidationException' } },
      { sql: 'select 1', database: null, expect: { field: { longValue: 1 } } },
    ),
    row(
      'E14-none',
      'a call names no database in a transaction that began without one',
      'deduced',
      SOURCE.database,
      { call: 'begin', database: null },
      { sql: 'select 1', expect: { error: 'ValidationException' } },
    ),
    row('F1', 'several statements are refused', 'documented', SOURCE.differences, {
      sql: 'select 1; select 2',
      expect: { error: 'ValidationException', message: /^Multistatements aren't supported\.?$/ },
    }),
    row('F4', 'a schema is refused', 'documented', SOURCE.differences, {
      sql: 'select 1',
      schema: 'public',
      expect: { error: 'ValidationException', message: /^The schema parameter isn't supported\.?$/ },
    }),
  ];
}
