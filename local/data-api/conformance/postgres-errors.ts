import { rowsOf, slow, SOURCE, type Case } from './case.js';

const row = rowsOf('postgresql');

const ABORTED =
  'ERROR: current transaction is aborted, commands ignored until end of transaction block; SQLState: 25P02';

/** Transactions, sessions and errors of PostgreSQL. */
export const postgresErrors: readonly Case[] = [
  row(
    'E8',
    'a transaction is aborted by a statement that fails',
    'observed',
    SOURCE.proxy,
    { call: 'begin' },
    {
      sql: 'select 1/0',
      expect: { error: 'DatabaseErrorException', message: 'ERROR: division by zero; SQLState: 22012' },
    },
    { sql: 'select 1', expect: { error: 'DatabaseErrorException', message: ABORTED } },
  ),
  slow(
    row(
      'D6',
      'and by one that takes too long',
      'observed',
      SOURCE.python,
      { call: 'begin' },
      { sql: 'select pg_sleep(50)', expect: { error: 'StatementTimeoutException' } },
      { sql: 'select 1', expect: { error: 'DatabaseErrorException', message: ABORTED } },
    ),
  ),
  row(
    'E5-lost',
    'a transaction whose session the engine ends is not found, with that cause',
    'deduced',
    SOURCE.troubleshooting,
    { call: 'begin' },
    { sql: 'select pg_terminate_backend(pg_backend_pid())', expect: { error: 'DatabaseErrorException' } },
    {
      after: 500,
      sql: 'select 1',
      expect: {
        error: 'TransactionNotFoundException',
        message: /Transaction has been aborted due to an error from a previous call/,
      },
    },
  ),
  row(
    'E9',
    'a commit of an aborted transaction is refused',
    'not documented',
    SOURCE.commit,
    { call: 'begin' },
    { sql: 'select 1/0', expect: { error: 'DatabaseErrorException' } },
    { call: 'commit', expect: { error: 'DatabaseErrorException', message: /25P02$/ } },
  ),
  row(
    'E11',
    'savepoints, temporary tables, settings and cursors last for a transaction',
    'observed',
    SOURCE.proxy,
    { call: 'begin' },
    { sql: 'create temporary table of_mine (id int) on commit drop' },
    { sql: 'savepoint s' },
    { sql: 'insert into of_mine values (1)' },
    { sql: 'rollback to savepoint s' },
    { sql: `set local application_name = 'mine'` },
    { sql: 'declare c cursor for select count(*) from of_mine' },
    { sql: 'fetch c', expect: { field: { longValue: 0 } } },
    { sql: `select current_setting('application_name')`, expect: { field: { stringValue: 'mine' } } },
  ),
  row(
    'E12-setting',
    'outside a transaction a setting does not last',
    'observed',
    SOURCE.proxy,
    { sql: `set application_name = 'mine'` },
    { sql: `select current_setting('application_name') <> 'mine'`, expect: { field: { booleanValue: true } } },
  ),
  row(
    'E12-hidden',
    'nor one that a function sets',
    'deduced',
    SOURCE.imitation,
    { sql: `select set_config('application_name', 'mine', false)` },
    { sql: `select current_setting('application_name') <> 'mine'`, expect: { field: { booleanValue: true } } },
  ),
  row(
    'E12-prepared',
    'nor a prepared statement',
    'observed',
    SOURCE.proxy,
    { sql: 'prepare p as select 1' },
    { sql: 'execute p', expect: { error: 'DatabaseErrorException', message: /prepared statement "p" does not exist/ } },
  ),
  row(
    'E12-temporary',
    'nor a temporary table',
    'observed',
    SOURCE.proxy,
    { sql: 'create temporary table of_mine (id int)' },
    { sql: 'select * from of_mine', expect: { error: 'DatabaseErrorException', message: /SQLState: 42P01$/ } },
  ),
  row(
    'E12-lock',
    'nor an advisory lock',
    'observed',
    SOURCE.sqlalchemy,
    { sql: 'select pg_advisory_lock(7261)' },
    {
      sql: `select count(*) from pg_locks where locktype = 'advisory' and objid = 7261`,
      expect: { field: { longValue: 0 } },
    },
  ),
  row(
    'E13',
    'nor a transaction that SQL began',
    'not documented',
    SOURCE.execute,
    { sql: 'begin' },
    {
      sql: 'savepoint s',
      expect: { error: 'DatabaseErrorException', message: /SQLState: 25P01$/ },
    },
  ),
  row(
    'F10',
    'where no database is named, it is the one that is called as the user',
    'deduced',
    SOURCE.missingDatabase,
    {
      sql: 'select current_database() = current_user',
      database: null,
      expect: { field: { booleanValue: true } },
    },
  ),
  row('F1-semicolon', 'one statement may end in a semicolon', 'observed', SOURCE.client, {
    sql: 'select 1;',
    expect: { field: { longValue: 1 } },
  }),
  row('F6', 'an error of the engine has its position and its state', 'observed', SOURCE.proxy, {
    sql: 'select * from nothing_here',
    expect: {
      error: 'DatabaseErrorException',
      message: 'ERROR: relation "nothing_here" does not exist; Position: 15; SQLState: 42P01',
    },
  }),
  row('F6-hint', 'and its hint', 'observed', SOURCE.proxy, {
    sql: `select * from (values (1)) as v (a) where a = 'x'::text`,
    expect: {
      error: 'DatabaseErrorException',
      message:
        'ERROR: operator does not exist: integer = text; Hint: No operator matches the given name and argument types. ' +
        'You might need to add explicit type casts.; Position: 45; SQLState: 42883',
    },
  }),
  row(
    'F6-detail',
    'but no detail, which has the row',
    'observed',
    SOURCE.proxy,
    { sql: 'create table {t} (id int not null)' },
    {
      sql: 'insert into {t} values (null)',
      expect: { error: 'DatabaseErrorException', message: /violates not-null constraint; SQLState: 23502$/ },
    },
  ),
  row('F9', 'a database that is not there is an error of the engine', 'observed', SOURCE.missingDatabase, {
    sql: 'select 1',
    database: 'nothing_here',
    expect: {
      error: 'DatabaseErrorException',
      message: 'ERROR: database "nothing_here" does not exist; SQLState: 3D000',
    },
  }),
];
