import { long, rowsOf, slow, SOURCE, text, type Case, type DatabaseEngine, type Expected } from './case.js';

const PAUSE: Readonly<Record<DatabaseEngine, string>> = { postgresql: 'pg_sleep', mysql: 'sleep' };
const BUSY = 'Transaction is still running a query';

/** Why a transaction is not found. */
const EXPIRED = 'Transaction may be expired';
const ENDED = 'One previous call resulted in a termination of your transaction';
const gone = (cause: string): Expected => ({
  error: 'TransactionNotFoundException',
  message: new RegExp(`^Transaction .* (is not|isn't) found.*${cause}`),
});

/** What the service itself does, over whichever engine: limits, checks, time, transactions. */
export function both(engine: DatabaseEngine): readonly Case[] {
  const row = rowsOf(engine);
  const pause = PAUSE[engine];
  return [
    row('A6', 'a statement has 65,536 characters at the most', 'deduced', SOURCE.execute, {
      sql: `select 1 -- ${'x'.repeat(65_536)}`,
      expect: { error: 'ValidationException' },
    }),
    row('A6-database', 'the name of a database has 64 at the most', 'deduced', SOURCE.execute, {
      sql: 'select 1',
      database: 'x'.repeat(65),
      expect: { error: 'ValidationException' },
    }),
    row('A7', 'a request has 4 MiB at the most', 'deduced', SOURCE.batch, {
      sql: 'select :a',
      parameters: [text('a', 'x'.repeat(5_000_000))],
      expect: { error: 'ValidationException' },
    }),
    row(
      'B40-ignored',
      'the JSON format is for queries, and ignored for other statements',
      'documented',
      SOURCE.execute,
      { sql: 'create table {t} (id int)' },
      {
        sql: 'insert into {t} values (1)',
        formatRecordsAs: 'JSON',
        expect: { answer: { numberOfRecordsUpdated: 1, formattedRecords: undefined, records: undefined } },
      },
    ),
    row(
      'B41',
      'in the JSON format longs are texts, and decimals numbers, on demand',
      'documented',
      SOURCE.json,
      { sql: 'create table {t} (n bigint, price decimal(10,2), whole decimal(10,0))' },
      { sql: 'insert into {t} values (7, 1.25, 3)' },
      {
        sql: 'select n, price, whole from {t}',
        formatRecordsAs: 'JSON',
        resultSetOptions: { longReturnType: 'STRING', decimalReturnType: 'DOUBLE_OR_LONG' },
        expect: { answer: { formattedRecords: '[{"n":"7","price":1.25,"whole":3}]' } },
      },
    ),
    row(
      'B41-time',
      'in the JSON format a date and a time are texts',
      'documented',
      SOURCE.json,
      { sql: 'create table {t} (d date, t time, s timestamp)' },
      { sql: `insert into {t} values ('2024-01-02', '03:04:05', '2024-01-02 03:04:05')` },
      {
        sql: 'select d, t, s from {t}',
        formatRecordsAs: 'JSON',
        expect: {
          answer: { formattedRecords: '[{"d":"2024-01-02","t":"03:04:05","s":"2024-01-02 03:04:05"}]' },
        },
      },
    ),
    row(
      'B41-empty',
      'in the JSON format no rows are an empty list',
      'deduced',
      SOURCE.json,
      { sql: 'create table {t} (id int)' },
      { sql: 'select id from {t}', formatRecordsAs: 'JSON', expect: { answer: { formattedRecords: '[]' } } },
    ),
    row('C13', 'an array is no parameter', 'observed', SOURCE.arrays, {
      sql: 'select :a',
      parameters: [{ name: 'a', value: { arrayValue: { longValues: [1] } } }],
      expect: { error: 'ValidationException', message: /^Array parameters are not supported\.?$/ },
    }),
    row('C13-batch', 'nor in a batch', 'deduced', SOURCE.batch, {
      call: 'batch',
      sql: 'select :a',
      parameterSets: [[{ name: 'a', value: { arrayValue: { longValues: [1] } } }]],
      expect: { error: 'ValidationException' },
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
    slow(
      row(
        'D7',
        'and its transaction is busy meanwhile',
        'deduced',
        SOURCE.python,
        { call: 'begin' },
        {
          sql: `select ${pause}(55)`,
          continueAfterTimeout: true,
          expect: { error: 'StatementTimeoutException' },
        },
        { sql: 'select 1', expect: { error: 'DatabaseErrorException', message: BUSY } },
        { after: 15_000, sql: 'select 1', expect: { field: { longValue: 1 } } },
      ),
    ),
    row(
      'E0',
      'outside a transaction a call is committed by itself',
      'documented',
      SOURCE.execute,
      { sql: 'create table {t} (id int)' },
      { sql: 'insert into {t} values (1)' },
      { sql: 'select count(*) from {t}', expect: { field: { longValue: 1 } } },
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
        { after: 190_000, sql: 'select 1', expect: gone(EXPIRED) },
      ),
    ),
    row(
      'E5',
      'a transaction that was rolled back is not found, with that cause',
      'documented',
      SOURCE.troubleshooting,
      { call: 'begin' },
      { call: 'rollback' },
      { sql: 'select 1', expect: gone(ENDED) },
    ),
    row(
      'E5-commit',
      'nor one that was committed',
      'documented',
      SOURCE.troubleshooting,
      { call: 'begin' },
      { call: 'commit' },
      { sql: 'select 1', expect: gone(ENDED) },
    ),
    row(
      'E5-unknown',
      'of one that never was it is said that it may have expired',
      'documented',
      SOURCE.troubleshooting,
      {
        sql: 'select 1',
        transactionId: 'AQ==',
        expect: gone(EXPIRED),
      },
    ),
    row('E6', 'a commit of an unknown transaction is not found either', 'not documented', SOURCE.commit, {
      call: 'commit',
      transactionId: 'AQ==',
      expect: gone(EXPIRED),
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
        expect: { error: 'DatabaseErrorException', message: BUSY },
      },
    ),
    row(
      'E10',
      'a transaction goes on after a result that was too large',
      engine === 'postgresql' ? 'observed' : 'deduced',
      SOURCE.sqlalchemy,
      { call: 'begin' },
      { sql: `select repeat('x', 2000000)`, expect: { error: 'UnsupportedResultException' } },
      { sql: 'select 1', expect: { field: { longValue: 1 } } },
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
    row('F4-batch', 'in a batch, too', 'documented', SOURCE.differences, {
      call: 'batch',
      sql: 'select 1',
      parameterSets: [[]],
      schema: 'public',
      expect: { error: 'ValidationException', message: /^The schema parameter isn't supported\.?$/ },
    }),
    row(
      'G4-transaction',
      'in a transaction, all sets are committed with it or none',
      'documented',
      SOURCE.batch,
      { sql: 'create table {t} (id int primary key)' },
      { call: 'begin' },
      { call: 'batch', sql: 'insert into {t} values (:id)', parameterSets: [[long('id', 1)], [long('id', 2)]] },
      { call: 'rollback' },
      { outside: true, sql: 'select count(*) from {t}', expect: { field: { longValue: 0 } } },
    ),
    row('G5', 'without sets a batch runs nothing', 'observed', SOURCE.emptyBatch, {
      call: 'batch',
      sql: 'this is no SQL',
      parameterSets: [],
      expect: { answer: { updateResults: [] } },
    }),
    row(
      'G5-empty',
      'an empty set runs a statement without parameters',
      'documented',
      SOURCE.batch,
      { call: 'batch', sql: 'create table {t} (id int)', parameterSets: [[]] },
      { sql: 'select count(*) from {t}', expect: { field: { longValue: 0 } } },
    ),
    row('G6', 'a batch of a query has no result', 'deduced', SOURCE.json, {
      call: 'batch',
      sql: 'select :id',
      parameterSets: [[long('id', 1)], [long('id', 2)]],
      expect: { answer: { updateResults: [{ generatedFields: [] }, { generatedFields: [] }] } },
    }),
    row(
      'G8',
      'a batch has as many sets as a request holds',
      'documented',
      SOURCE.batch,
      { sql: 'create table {t} (id int)' },
      {
        call: 'batch',
        sql: 'insert into {t} values (:id)',
        parameterSets: Array.from({ length: 1_001 }, (_, id) => [long('id', id)]),
      },
      { sql: 'select count(*) from {t}', expect: { field: { longValue: 1_001 } } },
    ),
  ];
}
