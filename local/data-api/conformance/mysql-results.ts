import { rowsOf, SOURCE, type Case, type Confidence, type Step, type Value } from './case.js';

/** What is known of MySQL from elsewhere. */
export const MYSQL = {
  prepared: 'https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_command_phase_ps.html',
  uuid: 'https://github.com/jeremydaly/data-api-client/issues/139',
  database: 'https://github.com/jeremydaly/data-api-client/issues/47',
  unsigned: 'https://github.com/aws/aws-sdk-js/issues/2888',
  fixtures: 'https://github.com/jeremydaly/data-api-client/tree/main/fixtures',
  compared: 'https://github.com/krotscheck/go-rds-driver',
  commits: 'https://dev.mysql.com/doc/refman/8.4/en/implicit-commit.html',
} as const;

export const row = rowsOf('mysql');

/** A column of a type that holds one value, read. */
const column = (
  id: string,
  type: string,
  literal: string,
  field: Value,
  confidence: Confidence,
  source: string,
  options: Step = {},
) =>
  row(
    id,
    `${type} is a ${kindOf(field)}${field.isNull ? '' : `: ${literal}`}`,
    confidence,
    source,
    { sql: `create table {t} (v ${type})` },
    { sql: `insert into {t} values (${literal})` },
    { ...options, sql: 'select v from {t}', expect: { field } },
  );

const kindOf = (field: Value): string => Object.keys(field)[0]?.replace(/Value$/, '') ?? '';
const documented = (id: string, type: string, literal: string, field: Value, options?: Step) =>
  column(id, type, literal, field, 'documented', SOURCE.operations, options);

const NUMBERS: Step = { resultSetOptions: { decimalReturnType: 'DOUBLE_OR_LONG' } };
const TEXTS: Step = { resultSetOptions: { longReturnType: 'STRING' } };

/** Results of MySQL: types, metadata, the JSON format, sizes, counts and generated keys. */
export const mysqlResults: readonly Case[] = [
  documented('M1', 'TINYINT(1)', '1', { booleanValue: true }),
  documented('M1-bool', 'BOOL', 'false', { booleanValue: false }),
  column('M1-other', 'TINYINT(1)', '5', { booleanValue: true }, 'observed', MYSQL.compared),
  documented('M2-tinyint', 'TINYINT', '-128', { longValue: -128 }),
  documented('M2-tinyint-unsigned', 'TINYINT UNSIGNED', '255', { longValue: 255 }),
  documented('M2-smallint', 'SMALLINT', '-32768', { longValue: -32768 }),
  documented('M2-mediumint', 'MEDIUMINT UNSIGNED', '16777215', { longValue: 16777215 }),
  documented('M2-int', 'INT', '-2147483648', { longValue: -2147483648 }),
  documented('M2-int-unsigned', 'INT UNSIGNED', '4294967295', { longValue: 4294967295 }),
  documented('M2-bigint', 'BIGINT', '-9007199254740991', { longValue: -9007199254740991 }),
  documented('M2-text', 'BIGINT', '9007199254740993', { stringValue: '9007199254740993' }, TEXTS),
  row(
    'M3',
    'BIGINT UNSIGNED beyond a long is refused',
    'not documented',
    MYSQL.unsigned,
    { sql: 'create table {t} (v bigint unsigned)' },
    { sql: 'insert into {t} values (18446744073709551615)' },
    { sql: 'select v from {t}', expect: { error: 'UnsupportedResultException' } },
  ),
  column('M4', 'BIT', `b'1'`, { booleanValue: true }, 'deduced', SOURCE.calling),
  column('M4-many', 'BIT(8)', `b'10'`, { booleanValue: true }, 'not documented', MYSQL.compared),
  documented('M5-float', 'FLOAT', '3.14', { doubleValue: 3.14 }),
  documented('M5-double', 'DOUBLE', '2.718281828459045', { doubleValue: 2.718281828459045 }),
  documented('M6', 'DECIMAL(10,4)', '123456.789', { stringValue: '123456.7890' }),
  documented('M6-double', 'DECIMAL(10,2)', '1.25', { doubleValue: 1.25 }, NUMBERS),
  documented('M6-long', 'DECIMAL(10,0)', '12', { longValue: 12 }, NUMBERS),
  column('M7-char', 'CHAR(5)', `'ab'`, { stringValue: 'ab' }, 'observed', SOURCE.client),
  documented('M7-varchar', 'VARCHAR(20)', `'grün 🌲'`, { stringValue: 'grün 🌲' }),
  documented('M7-text', 'TEXT', `''`, { stringValue: '' }),
  documented('M7-enum', `ENUM('small','large')`, `'large'`, { stringValue: 'large' }),
  column('M7-json', 'JSON', `'{"a": [1, 2]}'`, { stringValue: '{"a": [1, 2]}' }, 'not documented', SOURCE.operations),
  column('M8-binary', 'BINARY(4)', `'ab'`, { blobValue: 'YWIAAA==' }, 'observed', SOURCE.client),
  documented('M8-varbinary', 'VARBINARY(8)', `x'00ff'`, { blobValue: 'AP8=' }),
  documented('M8-blob', 'BLOB', `''`, { blobValue: '' }),
  documented('M9-date', 'DATE', `'2024-01-02'`, { stringValue: '2024-01-02' }),
  documented('M9-time', 'TIME', `'03:04:05'`, { stringValue: '03:04:05' }),
  documented('M9-datetime', 'DATETIME', `'2024-01-02 03:04:05'`, { stringValue: '2024-01-02 03:04:05' }),
  column(
    'M9-timestamp',
    'TIMESTAMP NULL',
    `'2024-01-02 03:04:05'`,
    { stringValue: '2024-01-02 03:04:05' },
    'observed',
    MYSQL.fixtures,
  ),
  column(
    'M9-three',
    'DATETIME(6)',
    `'2024-01-02 03:04:05.1'`,
    { stringValue: '2024-01-02 03:04:05.100' },
    'deduced',
    SOURCE.imitation,
  ),
  column(
    'M9-six',
    'DATETIME(6)',
    `'2024-01-02 03:04:05.0001'`,
    { stringValue: '2024-01-02 03:04:05.000100' },
    'deduced',
    SOURCE.imitation,
  ),
  column('M9-none', 'TIME(3)', `'03:04:05'`, { stringValue: '03:04:05' }, 'deduced', SOURCE.imitation),
  row('M9-zone', 'a session is in UTC', 'deduced', MYSQL.fixtures, {
    sql: 'select timestampdiff(second, utc_timestamp(), now())',
    expect: { field: { longValue: 0 } },
  }),
  column('M10', 'TIME', `'-12:00:00'`, { stringValue: '-12:00:00' }, 'not documented', SOURCE.operations),
  column('M11', 'YEAR', '2024', { longValue: 2024 }, 'not documented', SOURCE.client),
  column('M12', `SET('a','b')`, `'a,b'`, { stringValue: 'a,b' }, 'not documented', MYSQL.compared),
  column('M12-null', 'INT', 'null', { isNull: true }, 'documented', SOURCE.field),
  row('M12-geometry', 'GEOMETRY is refused', 'documented', SOURCE.differences, {
    sql: 'select point(1, 2)',
    expect: { error: 'UnsupportedResultException' },
  }),
  row(
    'M13',
    'an insert answers the key that was generated, the first of several',
    'observed',
    SOURCE.client,
    { sql: 'create table {t} (id int auto_increment primary key, name text)' },
    {
      sql: `insert into {t} (name) values ('a')`,
      expect: { answer: { numberOfRecordsUpdated: 1, generatedFields: [{ longValue: 1 }] } },
    },
    {
      sql: `insert into {t} (name) values ('b'), ('c')`,
      expect: { answer: { numberOfRecordsUpdated: 2, generatedFields: [{ longValue: 2 }] } },
    },
    { sql: `update {t} set name = 'x'`, expect: { answer: { numberOfRecordsUpdated: 3, generatedFields: [] } } },
    { sql: `delete from {t} where id < 3`, expect: { answer: { numberOfRecordsUpdated: 2, generatedFields: [] } } },
  ),
  row(
    'M13-none',
    'an insert without a generated key answers none',
    'observed',
    MYSQL.fixtures,
    { sql: 'create table {t} (id int primary key)' },
    {
      sql: 'insert into {t} values (7)',
      expect: { answer: { numberOfRecordsUpdated: 1, generatedFields: [] } },
    },
  ),
  row(
    'M14',
    'columns are described as JDBC does',
    'deduced',
    MYSQL.fixtures,
    {
      sql: 'create table {t} (id int unsigned auto_increment primary key, name varchar(100), price decimal(10,2) not null, at datetime)',
    },
    {
      sql: 'select id, name as called, price, at from {t}',
      includeResultMetadata: true,
      expect: {
        answer: {
          records: [],
          columnMetadata: [
            { name: 'id', type: 4, typeName: 'INT UNSIGNED', precision: 10, nullable: 0, isAutoIncrement: true },
            { name: 'name', label: 'called', type: 12, typeName: 'VARCHAR', precision: 100, nullable: 1 },
            { name: 'price', type: 3, typeName: 'DECIMAL', precision: 10, scale: 2, nullable: 0, isSigned: true },
            { name: 'at', type: 93, typeName: 'DATETIME', precision: 19, isAutoIncrement: false },
          ],
        },
      },
    },
  ),
  row('B40', 'records come as JSON on demand, an expression under its own text', 'documented', SOURCE.json, {
    sql: `select count(*), 'a' as name, 1.50 as price, null as nothing from (select 1 as one) as s`,
    formatRecordsAs: 'JSON',
    expect: {
      answer: {
        formattedRecords: '[{"count(*)":1,"name":"a","price":"1.50","nothing":null}]',
        records: undefined,
        columnMetadata: undefined,
      },
    },
  }),
  row('B44', 'the JSON format takes no two columns of one name', 'deduced', SOURCE.json, {
    sql: 'select 1 as a, 2 as a',
    formatRecordsAs: 'JSON',
    expect: { error: 'UnsupportedResultException' },
  }),
  row('B25', 'columns may have one name', 'deduced', SOURCE.proxy, {
    sql: 'select 1 as a, 2 as a',
    expect: { answer: { records: [[{ longValue: 1 }, { longValue: 2 }]] } },
  }),
  row('B30', 'columns are described on demand only', 'documented', SOURCE.execute, {
    sql: 'select 1 as a',
    expect: { answer: { columnMetadata: undefined } },
  }),
  row('D1', 'a result over 1 MiB is refused', 'observed', SOURCE.sqlalchemy, {
    sql: `select repeat('x', 1048577)`,
    expect: { error: 'UnsupportedResultException', message: 'The result exceeds the size limit 1 MB.' },
  }),
  row('D3', 'a row over 64 KB is not', 'observed', SOURCE.client, {
    sql: `select length(v), v from (select repeat('x', 100000) as v) as s`,
    expect: { field: { longValue: 100_000 } },
  }),
  row(
    'H1',
    'an update counts the rows that it matches',
    'not documented',
    SOURCE.execute,
    { sql: 'create table {t} (v int)' },
    { sql: 'insert into {t} values (1)' },
    { sql: 'update {t} set v = 1', expect: { answer: { numberOfRecordsUpdated: 1 } } },
  ),
];
