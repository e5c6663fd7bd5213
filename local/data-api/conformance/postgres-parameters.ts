import { field, long, rowsOf, SOURCE, text, type Case } from './case.js';

const row = rowsOf('postgresql');

const A = [text('a', 'x')];

/** Parameters of PostgreSQL, and BatchExecuteStatement. */
export const postgresParameters: readonly Case[] = [
  row('C1', 'names are not seen in strings, identifiers, comments and casts', 'observed', SOURCE.proxy, {
    sql: `select ':b'::text || :a /* :b */ as ":b" -- :b`,
    parameters: A,
    expect: field(':bx'),
  }),
  row('C2', 'a name may be a number', 'observed', SOURCE.sqlalchemy, {
    sql: `select :1 || :10`,
    parameters: [text('1', 'one'), text('10', 'ten')],
    expect: field('oneten'),
  }),
  row('C3', 'names are replaced in dollar quotes', 'observed', SOURCE.proxy, {
    sql: 'select $$a :b c$$',
    expect: field('a $1 c'),
  }),
  row('C4', 'the end of an array slice is taken for a name', 'observed', SOURCE.proxy, {
    sql: 'select (array[1,2,3])[1:2]',
    expect: { error: 'DatabaseErrorException', message: /^ERROR: syntax error at or near "\$1"/ },
  }),
  row('C5', 'a name used twice is two positions', 'deduced', SOURCE.imitation, {
    sql: 'select date_trunc(:unit, d) from (values (now())) as v (d) group by date_trunc(:unit, d)',
    parameters: [text('unit', 'day')],
    expect: { error: 'DatabaseErrorException', message: /must appear in the GROUP BY clause.*SQLState: 42803$/ },
  }),
  row('C6', 'a name has letters, digits and _ only', 'observed', SOURCE.sqlalchemy, {
    sql: 'select 1',
    parameters: [text('$1', 'x')],
    expect: { error: 'ValidationException', message: 'Named parameter syntax is invalid, input: $1' },
  }),
  row('C7', 'a name that is not given is missed by the engine', 'deduced', SOURCE.proxy, {
    sql: 'select :missing::int',
    expect: { error: 'DatabaseErrorException', message: /SQLState: 08P01$/ },
  }),
  row('C8', 'a parameter may be unused', 'deduced', SOURCE.parameter, {
    sql: 'select :a',
    parameters: [...A, text('b', 'y')],
    expect: field('x'),
  }),
  row('C10', 'a string is text and nothing else', 'observed', SOURCE.proxy, {
    sql: 'select 1 where 1 = :a',
    parameters: A,
    expect: {
      error: 'DatabaseErrorException',
      message: /^ERROR: operator does not exist: integer = text; Hint: .*; Position: \d+; SQLState: 42883$/,
    },
  }),
  row(
    'C10-column',
    'a string does not become a uuid by itself',
    'observed',
    SOURCE.proxy,
    { sql: 'create table {t} (id uuid)' },
    {
      sql: 'insert into {t} values (:a)',
      parameters: [text('a', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11')],
      expect: { error: 'DatabaseErrorException', message: /is of type uuid but expression is of type text.*42804$/ },
    },
  ),
  row('C11', 'a long is a bigint', 'observed', SOURCE.sqlalchemy, {
    sql: 'select pg_typeof(:a)::text',
    parameters: [long('a', 1)],
    expect: field('bigint'),
  }),
  row('C11-double', 'a double is a double precision', 'observed', SOURCE.client, {
    sql: 'select pg_typeof(:a)::text',
    parameters: [{ name: 'a', value: { doubleValue: 0.5 } }],
    expect: field('double precision'),
  }),
  row('C11-boolean', 'a boolean is a boolean', 'observed', SOURCE.client, {
    sql: 'select pg_typeof(:a)::text',
    parameters: [{ name: 'a', value: { booleanValue: true } }],
    expect: field('boolean'),
  }),
  row('C11-blob', 'a blob is a bytea', 'observed', SOURCE.client, {
    sql: 'select :a',
    parameters: [{ name: 'a', value: { blobValue: 'AP8=' } }],
    expect: { field: { blobValue: 'AP8=' } },
  }),
  row(
    'C12',
    'NULL has the type of its place',
    'observed',
    SOURCE.client,
    { sql: 'create table {t} (i int, a int[], j jsonb)' },
    { sql: 'insert into {t} values (:n, :n, :n)', parameters: [{ name: 'n', value: { isNull: true } }] },
  ),
  row(
    'C12-hint',
    'NULL may have a hint',
    'not documented',
    SOURCE.parameter,
    { sql: 'create table {t} (id uuid, at date)' },
    {
      sql: 'insert into {t} values (:id, :at)',
      parameters: [
        { name: 'id', value: { isNull: true }, typeHint: 'UUID' },
        { name: 'at', value: { isNull: true }, typeHint: 'DATE' },
      ],
    },
  ),
  ...(
    [
      ['DATE', '2011-01-02', 'date', '2011-01-02'],
      ['TIME', '03:04:05.678', 'time without time zone', '03:04:05.678'],
      ['TIMESTAMP', '2011-01-02 03:04:05.678', 'timestamp without time zone', '2011-01-02 03:04:05.678'],
      ['DECIMAL', '1.20', 'numeric', '1.20'],
      ['JSON', '{"a":1}', 'json', '{"a":1}'],
      ['UUID', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'uuid', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
    ] as const
  ).map(([hint, given, type, read]) =>
    row(`C20-${hint}`, `a string with the hint ${hint} is of type ${type}`, 'documented', SOURCE.parameter, {
      sql: 'select :a, pg_typeof(:a)::text',
      parameters: [text('a', given, hint)],
      expect: { answer: { records: [[{ stringValue: read }, { stringValue: type }]] } },
    }),
  ),
  row('C22-zone', 'a TIMESTAMP takes no zone', 'deduced', SOURCE.moments, {
    sql: 'select :a',
    parameters: [text('a', '2011-01-02T03:04:05Z', 'TIMESTAMP')],
    expect: { error: 'ValidationException' },
  }),
  row(
    'C24-jsonb',
    'JSON goes into a jsonb column',
    'observed',
    SOURCE.client,
    { sql: 'create table {t} (j jsonb)' },
    { sql: 'insert into {t} values (:j)', parameters: [text('j', '{"a":1}', 'JSON')] },
  ),
  row('C24-broken', 'JSON that is none is an error of the engine', 'not documented', SOURCE.parameter, {
    sql: 'select :j',
    parameters: [text('j', '{', 'JSON')],
    expect: { error: 'DatabaseErrorException', message: /SQLState: 22P02$/ },
  }),
  row('C27', 'a hint is for a string', 'not documented', SOURCE.parameter, {
    sql: 'select :a',
    parameters: [{ ...long('a', 1), typeHint: 'DECIMAL' }],
    expect: { error: 'ValidationException' },
  }),
  row(
    'G2',
    'a batch has one result for each set',
    'documented',
    SOURCE.batch,
    { sql: 'create table {t} (id int primary key, name text)' },
    {
      call: 'batch',
      sql: 'insert into {t} values (:id, :name)',
      parameterSets: [
        [long('id', 1), text('name', 'a')],
        [long('id', 2), { name: 'name', value: { isNull: true } }],
      ],
      expect: { answer: { updateResults: [{ generatedFields: [] }, { generatedFields: [] }] } },
    },
    { sql: 'select count(*) from {t}', expect: { field: { longValue: 2 } } },
  ),
  row(
    'G3',
    'a batch returns no rows',
    'observed',
    SOURCE.client,
    { sql: 'create table {t} (id int)' },
    {
      call: 'batch',
      sql: 'insert into {t} values (:id) returning id',
      parameterSets: [[long('id', 1)]],
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
      expect: { error: 'DatabaseErrorException', message: /SQLState: 23505$/ },
    },
    { sql: 'select count(*) from {t}', expect: { field: { longValue: 1 } } },
  ),
  row(
    'G4-aborted',
    'in a transaction, a set that fails aborts it',
    'deduced',
    SOURCE.proxy,
    { sql: 'create table {t} (id int primary key)' },
    { call: 'begin' },
    {
      call: 'batch',
      sql: 'insert into {t} values (:id)',
      parameterSets: [[long('id', 1)], [long('id', 1)]],
      expect: { error: 'DatabaseErrorException', message: /SQLState: 23505$/ },
    },
    { sql: 'select 1', expect: { error: 'DatabaseErrorException', message: /SQLState: 25P02$/ } },
  ),
];
