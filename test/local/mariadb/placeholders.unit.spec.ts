import { expect, it } from 'vitest';
import { placeholders } from '../../../local/data-api/mariadb/placeholders.js';

it.each([
  ['select :a', 'select ?', ['a']],
  ['select :a, :b, :a', 'select ?, ?, ?', ['a', 'b', 'a']],
  ['select :1, :10', 'select ?, ?', ['1', '10']],
  [`select ':a', ":a", 'it''s :a', 'a\\':a'`, `select ':a', ":a", 'it''s :a', 'a\\':a'`, []],
  ['select `:a` from `t:a`', 'select `:a` from `t:a`', []],
  ['select 1 -- :a\n, :b', 'select 1 -- :a\n, ?', ['b']],
  ['select 5--:a', 'select 5--?', ['a']],
  ['select 1 # :a\n, :b', 'select 1 # :a\n, ?', ['b']],
  ['select /* :a\n*/ :b', 'select /* :a\n*/ ?', ['b']],
  ['select @a := :a', 'select @a := ?', ['a']],
  ["select 'open :a", "select 'open :a", []],
])('the parameters of %j are replaced where they are none of a string, a name or a comment', (sql, text, names) => {
  expect(placeholders(sql)).toMatchObject({ text, names, hasOwnMarks: false, goesOn: false });
});

it('marks of the caller are seen, and those in a string are his', () => {
  expect(placeholders('select ?').hasOwnMarks).toBe(true);
  expect(placeholders(`select '?' /* ? */`).hasOwnMarks).toBe(false);
});

it('what follows a semicolon is seen, unless it is nothing', () => {
  expect(placeholders('select 1; select 2').goesOn).toBe(true);
  expect(placeholders(`select 1; -- nothing\n /* here */ ;`).goesOn).toBe(false);
  expect(placeholders(`select ';', 2`).goesOn).toBe(false);
});
