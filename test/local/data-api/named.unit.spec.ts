import { describe, expect, it } from 'vitest';
import { readParameters } from '../../../local/data-api/parameters.js';
import { bind } from '../../../local/data-api/postgres/bind.js';
import type { SqlParameter } from '../../../local/data-api/request.js';

const text = (name: string, stringValue = 'x') => ({ name, value: { stringValue } });
const bound = (sql: string, parameters: readonly SqlParameter[]) =>
  bind({ sql, parameters: readParameters(parameters) });

describe('named parameters', () => {
  it('become positions, with the type that they were sent as', () => {
    const parameters = [
      { name: 'id', value: { longValue: 7 } },
      { name: 'price', value: { stringValue: '1.20' }, typeHint: 'DECIMAL' },
      { name: 'gone', value: { booleanValue: false } },
    ];
    expect(bound('update p set price = :price, gone = :gone where id = :id', parameters)).toEqual({
      text: 'update p set price = $1, gone = $2 where id = $3',
      values: ['1.20', 'false', '7'],
      types: [1700, 16, 20],
    });
  });

  it('used twice are sent twice, as in the service', () => {
    expect(bound('select :a, :a', [text('a')])).toMatchObject({ text: 'select $1, $2', values: ['x', 'x'] });
  });

  it('may be numbers', () => {
    const parameters = [text('1', 'one'), text('10', 'ten')];
    expect(bound('select :10, :1', parameters)).toMatchObject({ text: 'select $1, $2', values: ['ten', 'one'] });
  });

  it('that are null leave the type to the engine, unless a hint gives it', () => {
    const parameters = [
      { name: 'a', value: { isNull: true } },
      { name: 'b', value: { isNull: true }, typeHint: 'UUID' },
    ];
    expect(bound('select :a, :b', parameters)).toMatchObject({ values: [null, null], types: [0, 2950] });
  });

  it.each([
    ['casts', 'select 1::int, :a::text', 'select 1::int, $1::text'],
    ['strings', `select ':b', 'it''s :b', :a`, `select ':b', 'it''s :b', $1`],
    ['escape strings', String.raw`select E'\':b', e'\\', :a`, String.raw`select E'\':b', e'\\', $1`],
    ['plain strings that end in a backslash', String.raw`select '\', :a`, String.raw`select '\', $1`],
    ['identifiers', 'select ":b", "a"":b", :a', 'select ":b", "a"":b", $1'],
    ['line comments', 'select :a -- :b\n, 1', 'select $1 -- :b\n, 1'],
    ['nested comments', 'select /* :b /* :b */ :b */ :a', 'select /* :b /* :b */ :b */ $1'],
    ['named notation', 'select f(x := :a)', 'select f(x := $1)'],
    ['unfinished strings', `select :a, ':b`, `select $1, ':b`],
  ])('are told from %s', (_what, sql, expected) => {
    expect(bound(sql, [text('a')]).text).toBe(expected);
  });

  it.each([
    ['dollar quotes', 'select $$a :b c$$', 'select $$a $1 c$$'],
    ['array slices', 'select (array[1,2,3])[1:2]', 'select (array[1,2,3])[1$1]'],
  ])('are seen in %s, as the service sees them', (_what, sql, expected) => {
    expect(bound(sql, [])).toEqual({ text: expected, values: [], types: [] });
  });

  it('may not be arrays, as in the service', () => {
    expect(() => readParameters([{ name: 'a', value: { arrayValue: { longValues: [1] } } }])).toThrow(
      'Array parameters are not supported',
    );
  });

  it.each([['$1'], ['q?marks'], ['mäil']])('may not be called %s', (name) => {
    expect(() => readParameters([text(name)])).toThrow(`Named parameter syntax is invalid, input: ${name}`);
  });

  it('have exactly one value, of its type', () => {
    for (const value of [undefined, {}, { stringValue: 'a', longValue: 1 }, { longValue: 1.5 }, { isNull: false }]) {
      expect(() => readParameters([{ name: 'a', value }])).toThrow(/^Parameter a (must have exactly one|has no) value/);
    }
  });

  it('have one of the six hints, on a string', () => {
    expect(() => readParameters([{ ...text('a'), typeHint: 'INTEGER' }])).toThrow(/enum value set: \[DATE, .*UUID\]/);
    expect(() => readParameters([{ name: 'a', value: { longValue: 1 }, typeHint: 'DATE' }])).toThrow(
      /must be a string/,
    );
  });

  it.each([
    ['DATE', '2011-01-02', '20110102'],
    ['TIME', '03:04:05.678', '3pm'],
    ['TIMESTAMP', '2011-01-02 03:04:05', '2011-01-02T03:04:05Z'],
  ])('of the hint %s are written as %s, never as %s', (typeHint, right, wrong) => {
    expect(readParameters([{ ...text('a', right), typeHint }]).get('a')).toEqual({ type: typeHint, value: right });
    expect(() => readParameters([{ ...text('a', wrong), typeHint }])).toThrow(/which takes/);
  });
});
