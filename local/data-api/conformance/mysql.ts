import { field, long, SOURCE, text, type Case } from './case.js';
import { MYSQL, mysqlResults, row } from './mysql-results.js';

const UUID = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11';

/** Parameters of MySQL, and BatchExecuteStatement. */
const parameters: readonly Case[] = [
  row('C1', 'names are not seen in strings, identifiers and comments', 'deduced', SOURCE.proxy, {
    sql: `select concat(':b', ":b", :a) /* :b */ as \`:b\` # :b\n-- :b`,
    parameters: [text('a', 'x')],
    expect: field(':b:bx'),
  }),
  row('C1-escape', 'a backslash escapes in a string', 'deduced', SOURCE.proxy, {
    sql: String.raw`select concat('\':b', :a)`,
    parameters: [text('a', 'x')],
    expect: field("':bx"),
  }),
  row('C2', 'a name may be a number, and used twice', 'deduced', SOURCE.sqlalchemy, {
    sql: 'select concat(:1, :10, :1)',
    parameters: [text('1', 'one'), text('10', 'ten')],
    expect: field('onetenone'),
  }),
  row('C2-assignment', 'an assignment is no name', 'deduced', SOURCE.proxy, {
    sql: 'select concat(@given := :a, @given)',
    parameters: [text('a', 'x')],
    expect: field('xx'),
  }),
  row('C6', 'a name has letters, digits and _ only', 'deduced', SOURCE.sqlalchemy, {
    sql: 'select 1',
    parameters: [text('$1', 'x')],
    expect: { error: 'ValidationException', message: 'Named parameter syntax is invalid, input: $1' },
  }),
  row('C7', 'a name that is not given is an error of the engine', 'not documented', SOURCE.proxy, {
    sql: 'select :missing',
    expect: { error: 'DatabaseErrorException', message: /Error code: 1210; SQLState: HY000$/ },
  }),
  row(
    'C11',
    'values go where they belong',
    'observed',
    SOURCE.client,
    { sql: 'create table {t} (s varchar(9), l bigint, d double, b tinyint(1), x blob, n int)' },
    {
      sql: 'insert into {t} values (:s, :l, :d, :b, :x, :n)',
      parameters: [
        text('s', 'a'),
        long('l', 9_007_199_254_740_991),
        { name: 'd', value: { doubleValue: 0.1 } },
        { name: 'b', value: { booleanValue: true } },
        { name: 'x', value: { blobValue: 'AP8=' } },
        { name: 'n', value: { isNull: true } },
      ],
    },
    {
      sql: 'select * from {t}',
      expect: {
        answer: {
          records: [
            [
              { stringValue: 'a' },
              { longValue: 9_007_199_254_740_991 },
              { doubleValue: 0.1 },
              { booleanValue: true },
              { blobValue: 'AP8=' },
              { isNull: true },
            ],
          ],
        },
      },
    },
  ),
  ...(
    [
      ['DATE', 'date', '2024-01-02', '2024-01-02'],
      ['TIME', 'time(3)', '03:04:05.678', '03:04:05.678'],
      ['TIMESTAMP', 'datetime', '2024-01-02 03:04:05', '2024-01-02 03:04:05'],
      ['DECIMAL', 'decimal(10,2)', '1.2', '1.20'],
      ['JSON', 'json', '{"a": 1}', '{"a": 1}'],
    ] as const
  ).map(([hint, type, given, read]) =>
    row(
      `C20-${hint}`,
      `a string with the hint ${hint} goes into a column of type ${type}`,
      'documented',
      SOURCE.parameter,
      { sql: `create table {t} (v ${type})` },
      { sql: 'insert into {t} values (:v)', parameters: [text('v', given, hint)] },
      { sql: 'select v from {t}', expect: field(read) },
    ),
  ),
  row('C23', 'with the hint DECIMAL a string is an exact number', 'deduced', SOURCE.parameter, {
    sql: 'select :a + :a',
    parameters: [text('a', '0.10', 'DECIMAL')],
    expect: field('0.20'),
  }),
  row('C25', 'with the hint UUID a string is sixteen bytes', 'observed', MYSQL.uuid, {
    sql: 'select lower(hex(:a))',
    parameters: [text('a', UUID, 'UUID')],
    expect: field(UUID.replaceAll('-', '')),
  }),
  row(
    'C25-text',
    'which do not go into a text column',
    'observed',
    MYSQL.uuid,
    { sql: 'create table {t} (v varchar(36) character set utf8mb4)' },
    {
      sql: 'insert into {t} values (:v)',
      parameters: [text('v', UUID, 'UUID')],
      expect: { error: 'DatabaseErrorException', message: /^Incorrect string value: .*; Error code: 1366; SQLState: / },
    },
  ),
  row(
    'G2',
    'a batch answers the key of each set',
    'observed',
    MYSQL.fixtures,
    { sql: 'create table {t} (id int auto_increment primary key, name text)' },
    {
      call: 'batch',
      sql: 'insert into {t} (name) values (:name)',
      parameterSets: [[text('name', 'a')], [{ name: 'name', value: { isNull: true } }]],
      expect: {
        answer: { updateResults: [{ generatedFields: [{ longValue: 1 }] }, { generatedFields: [{ longValue: 2 }] }] },
      },
    },
    {
      call: 'batch',
      sql: 'update {t} set name = :name where id = :id',
      parameterSets: [[text('name', 'x'), long('id', 1)]],
      expect: { answer: { updateResults: [{ generatedFields: [] }] } },
    },
  ),
  row(
    'G4',
    'outside a transaction, the sets before the one that failed are committed',
    'not documented',
    SOURCE.batch,
    { sql: 'create table {t} (id int primary key)' },
    {
      call: 'batch',
      sql: 'insert into {t} values (:id)',
      parameterSets: [[long('id', 1)], [long('id', 1)], [long('id', 2)]],
      expect: { error: 'DatabaseErrorException', message: /Error code: 1062; SQLState: 23000$/ },
    },
    { sql: 'select count(*) from {t}', expect: { field: { longValue: 1 } } },
  ),
];

/** Sessions, statements and errors of MySQL. */
const errors: readonly Case[] = [
  row(
    'E8',
    'a transaction goes on after a statement that fails, because the engine undoes that statement only',
    'deduced',
    SOURCE.begin,
    { sql: 'create table {t} (id int primary key)' },
    { call: 'begin' },
    { sql: 'insert into {t} values (1)' },
    { sql: 'insert into {t} values (1)', expect: { error: 'DatabaseErrorException' } },
    { sql: 'insert into {t} values (2)' },
    { call: 'commit', expect: { answer: { transactionStatus: 'Transaction Committed' } } },
    { outside: true, sql: 'select count(*) from {t}', expect: { field: { longValue: 2 } } },
  ),
  row(
    'E12-variable',
    'outside a transaction a variable does not last',
    'deduced',
    SOURCE.proxy,
    { sql: 'set @mine = 1' },
    { sql: 'select @mine', expect: { field: { isNull: true } } },
  ),
  row(
    'E12-temporary',
    'nor a temporary table',
    'deduced',
    SOURCE.proxy,
    { sql: 'create temporary table of_mine (id int)' },
    { sql: 'select * from of_mine', expect: { error: 'DatabaseErrorException', message: /SQLState: 42S02$/ } },
  ),
  row(
    'E15',
    'a statement that the engine cannot prepare runs as it is',
    'not documented',
    MYSQL.prepared,
    { call: 'begin' },
    { sql: `prepare mine from 'select 1'` },
    { sql: 'execute mine', expect: { field: { longValue: 1 } } },
    { sql: 'deallocate prepare mine' },
  ),
  row(
    'E16',
    'a statement that defines data commits what was before it',
    'documented',
    MYSQL.commits,
    { sql: 'create table {t} (id int)' },
    { call: 'begin' },
    { sql: 'insert into {t} values (1)' },
    { sql: 'alter table {t} add column name text' },
    { call: 'rollback' },
    { outside: true, sql: 'select count(*) from {t}', expect: { field: { longValue: 1 } } },
  ),
  row(
    'F7',
    'an error of the engine has its number and its state',
    'observed',
    MYSQL.uuid,
    { sql: 'create table {t} (id int primary key)' },
    { sql: 'insert into {t} values (1)' },
    {
      sql: 'insert into {t} values (1)',
      expect: {
        error: 'DatabaseErrorException',
        message: /^Duplicate entry '1' for key '.*PRIMARY'; Error code: 1062; SQLState: 23000$/,
      },
    },
  ),
  row('F7-table', 'a table that is not there, too', 'deduced', SOURCE.python, {
    sql: 'select * from nothing_here',
    expect: {
      error: 'DatabaseErrorException',
      message: /^Table '\w+\.nothing_here' doesn't exist; Error code: 1146; SQLState: 42S02$/,
    },
  }),
  row('F9', 'and a database that is not there or not open to the user', 'deduced', SOURCE.missingDatabase, {
    sql: 'select 1',
    database: 'nothing_here',
    expect: { error: 'DatabaseErrorException', message: /; Error code: (1044|1049); SQLState: 42000$/ },
  }),
  row('F10', 'where no database is named, none is chosen', 'observed', MYSQL.database, {
    sql: 'select database()',
    database: null,
    expect: { field: { isNull: true } },
  }),
  row(
    'G4-failed',
    'in a transaction, the sets before the one that failed are part of it',
    'deduced',
    SOURCE.batch,
    { sql: 'create table {t} (id int primary key)' },
    { call: 'begin' },
    {
      call: 'batch',
      sql: 'insert into {t} values (:id)',
      parameterSets: [[long('id', 1)], [long('id', 1)], [long('id', 2)]],
      expect: { error: 'DatabaseErrorException', message: /Error code: 1062; SQLState: 23000$/ },
    },
    { call: 'commit' },
    { outside: true, sql: 'select count(*) from {t}', expect: { field: { longValue: 1 } } },
  ),
];

/** Over MySQL and MariaDB. */
export const mysql: readonly Case[] = [...mysqlResults, ...parameters, ...errors];
