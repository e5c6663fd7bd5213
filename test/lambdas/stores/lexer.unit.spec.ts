import { describe, expect, it } from 'vitest';
import {
  changesRows,
  outerWords,
  parameterNames,
  renameParameters,
  splitStatements,
  tokens,
} from '../../../lambdas/stores/lexer.js';

const upper = (text: string): string => renameParameters(text, (name) => name.toUpperCase());

describe('parameters', () => {
  it.each([
    ['select :a, :b_2, :a', 'select :A, :B_2, :A'],
    ["select ':a', :b", "select ':a', :B"],
    ["select 'it''s :a', :b", "select 'it''s :a', :B"],
    [String.raw`select E'\':a', e'\\', :b`, String.raw`select E'\':a', e'\\', :B`],
    [String.raw`select '\', :b, '\'`, String.raw`select '\', :B, '\'`],
    ['select ":a" as x, :b', 'select ":a" as x, :B'],
    ['select "a"":b", :b', 'select "a"":b", :B'],
    ['select x::text, cast(:b as text)::jsonb', 'select x::text, cast(:B as text)::jsonb'],
    ['select :a::int', 'select :A::int'],
    ['-- :a\nselect :b -- :c', '-- :a\nselect :B -- :c'],
    ['select /* :a /* :b */ :c */ :d', 'select /* :a /* :b */ :c */ :D'],
    ['do $$ begin :a end $$; select :b', 'do $$ begin :a end $$; select :B'],
    ['select $x$ :a $$ :b $y$ $x$, :c', 'select $x$ :a $$ :b $y$ $x$, :C'],
    ['select a$b$c, :d', 'select a$b$c, :D'],
    ['select arr[1:2], arr[:from], x := 1', 'select arr[1:2], arr[:FROM], x := 1'],
    ['select é, :a', 'select é, :A'],
    ["select type'x:y', :a", "select type'x:y', :A"],
  ])('of %s are found where PostgreSQL would take them', (text, expected) => {
    expect(upper(text)).toBe(expected);
  });

  it('are named once each', () => {
    expect(parameterNames('select :b, :a, :b')).toEqual(['b', 'a']);
  });

  it.each(["'open", '"open', '/* open', '$$ open', "E'open\\", ':', '$', '--'])('does not choke on %s', (text) => {
    expect(
      tokens(text)
        .map((token) => token.text)
        .join(''),
    ).toBe(text);
  });
});

describe('a script', () => {
  it('is split at the semicolons between its statements', () => {
    const script = `
      -- first; not here
      create table a (b text default ';');
      create function f() returns int language plpgsql as $f$ begin return 1; end $f$;;
      /* ; */
      select 1`;
    expect(splitStatements(script)).toEqual([
      "-- first; not here\n      create table a (b text default ';')",
      'create function f() returns int language plpgsql as $f$ begin return 1; end $f$',
      '/* ; */\n      select 1',
    ]);
  });

  it('may be empty', () => {
    expect(splitStatements(' ; -- nothing\n;')).toEqual([]);
  });
});

describe('a statement', () => {
  it.each([
    ['insert into a values (1)', true],
    ['UPDATE a set b = 1', true],
    ['delete from a', true],
    ['merge into a using b on true when matched then delete', true],
    ['with x as (select 1) insert into a select * from x', true],
    ['select 1', false],
    ['select 1 from a for update', false],
    ['with x as (delete from a returning 1) select * from x', false],
    ["select 'insert'", false],
    ['values (1)', false],
  ])('%s: changes rows is %s', (text, expected) => {
    expect(changesRows(text)).toBe(expected);
  });

  it('has words outside of its parentheses', () => {
    expect(outerWords('insert into a select (select returning from b) "returning"')).not.toContain('returning');
    expect(outerWords('update a set b = 1 RETURNING b')).toContain('returning');
  });
});
