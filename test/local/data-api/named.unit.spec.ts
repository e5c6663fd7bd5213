import { describe, expect, it } from 'vitest';
import { bind } from '../../../local/data-api/parameters.js';

const text = (name: string, stringValue = 'x') => ({ name, value: { stringValue } });

describe('named parameters', () => {
  it('become positions, cast to the type that they were sent as', () => {
    const parameters = [
      { name: 'id', value: { longValue: 7 } },
      { name: 'price', value: { stringValue: '1.20' }, typeHint: 'DECIMAL' },
      { name: 'gone', value: { booleanValue: false } },
    ];
    expect(bind('update p set price = :price, gone = :gone where id = :id', parameters)).toEqual({
      text: 'update p set price = $1::numeric, gone = $2::boolean where id = $3::bigint',
      values: ['1.20', 'false', '7'],
    });
  });

  it('used twice are sent once', () => {
    expect(bind('select :a, :a', [text('a')])).toEqual({ text: 'select $1::text, $1::text', values: ['x'] });
  });

  it('that are null leave the type to the engine, unless a hint gives it', () => {
    const parameters = [
      { name: 'a', value: { isNull: true } },
      { name: 'b', value: { isNull: true }, typeHint: 'UUID' },
    ];
    expect(bind('select :a, :b', parameters)).toEqual({ text: 'select NULL, NULL::uuid', values: [] });
  });

  it.each([
    ['casts', 'select 1::int, :a::text', 'select 1::int, $1::text::text'],
    ['strings', `select ':b', 'it''s :b', :a`, `select ':b', 'it''s :b', $1::text`],
    ['escape strings', String.raw`select E'\':b', e'\\', :a`, String.raw`select E'\':b', e'\\', $1::text`],
    ['plain strings that end in a backslash', String.raw`select '\', :a`, String.raw`select '\', $1::text`],
    ['identifiers', 'select ":b", "a"":b", :a', 'select ":b", "a"":b", $1::text'],
    ['line comments', 'select :a -- :b\n, 1', 'select $1::text -- :b\n, 1'],
    ['nested comments', 'select /* :b /* :b */ :b */ :a', 'select /* :b /* :b */ :b */ $1::text'],
    ['dollar quotes', 'select $$ :b $$, $x$ :b $$ :b $x$, :a', 'select $$ :b $$, $x$ :b $$ :b $x$, $1::text'],
    ['array slices', 'select (array[1,2,3])[1:2], :a', 'select (array[1,2,3])[1:2], $1::text'],
    ['named notation', 'select f(x := :a)', 'select f(x := $1::text)'],
    ['unfinished strings', `select :a, ':b`, `select $1::text, ':b`],
  ])('are told from %s', (_what, sql, expected) => {
    expect(bind(sql, [text('a')]).text).toBe(expected);
  });

  it('must be given', () => {
    expect(() => bind('select :missing', [text('a')])).toThrow('Cannot find parameter: missing');
  });

  it('may not be arrays, as in the service', () => {
    const parameters = [{ name: 'a', value: { arrayValue: { longValues: [1] } } }];
    expect(() => bind('select :a', parameters)).toThrow('Array parameters are not supported: a');
  });

  it('have one of the six hints, on a string', () => {
    expect(() => bind('select :a', [{ ...text('a'), typeHint: 'INTEGER' }])).toThrow(/unknown type hint INTEGER/);
    expect(() => bind('select :a', [{ name: 'a', value: { longValue: 1 }, typeHint: 'DATE' }])).toThrow(
      /must be a string/,
    );
  });
});
