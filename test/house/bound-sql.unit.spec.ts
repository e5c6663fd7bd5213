import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Linter, type Rule } from 'eslint';
import { describe, expect, it } from 'vitest';
import tseslint from 'typescript-eslint';
import { root } from '../../scripts/support/paths.js';

interface BoundSql {
  readonly rule: Rule.RuleModule;
  readonly COMPOSERS: Readonly<Record<string, string>>;
}

const { rule, COMPOSERS } = (await import(pathToFileURL(join(root, 'scripts/lint/bound-sql.mjs')).href)) as BoundSql;

/** How often the rule complains. */
function complaints(code: string): number {
  const found = new Linter().verify(code, {
    files: ['**'],
    languageOptions: { parser: tseslint.parser },
    plugins: { house: { rules: { 'bound-sql': rule } } },
    rules: { 'house/bound-sql': 'error' },
    linterOptions: { reportUnusedDisableDirectives: 'off' },
  });
  expect(found.filter(({ fatal }) => fatal)).toEqual([]);
  return found.length;
}

describe('a text of SQL is refused', () => {
  it.each([
    ['with a value', 'const text = `select price from product where id = ${id}`;'],
    ['with a value in quotes', "const text = `delete from product where id = '${id}'`;"],
    ['put together', "const text = 'select price from product where id = ' + id;"],
    ['put together of many', "const text = 'update product ' + 'set price = ' + price + ' where id = 1';"],
    ['with the name of a table', 'const text = `insert into ${table} values (1)`;'],
    ['whose beginning is not known, where it is sent', 'await db.query(`${verb} from product`);'],
    ['in a transaction', 'await tx.execute(`${verb} from product`);'],
    ['returned by a command', 'return_(sql(`${verb} product`));'],
    ['sent to the Data API', 'new ExecuteStatementCommand({ sql: `${verb} product` });'],
    ['sent to DynamoDB', 'new ExecuteStatementCommand({ Statement: "DELETE FROM " + table });'],
    ['of DDL', 'const text = `create table ${table} (id text)`;'],
    ['that grants', 'const text = `grant select on ${table} to reader`;'],
  ])('%s', (_, code) => {
    expect(complaints(code)).toBe(1);
  });
});

describe('allowed is', () => {
  it.each([
    ['a text with bound values', "db.query('select price from product where id = :id', { id });"],
    ['a text over several lines', 'db.query(`select price\n from product`);'],
    ['a text of several literals', "db.query('select price ' + 'from product');"],
    ['a text that has a name elsewhere', 'db.query(selectPrice, { id });'],
    ['a name that was quoted', 'db.query(`create schema ${quoted(schema)}`);'],
    ['a constant of the file', 'db.query(`select price from product limit ${PAGE}`);'],
    ['a sentence', 'throw new Error(`update ${name} before you call it with ${value}`);'],
    ['a sentence that selects', 'throw new Error(`selected ${count} of ${all}`);'],
    ['a sum', 'const total = a + b;'],
  ])('%s', (_, code) => {
    expect(complaints(code)).toBe(0);
  });
});

it.each(Object.keys(COMPOSERS))('%s still puts a text together', (file) => {
  expect(complaints(readFileSync(join(root, file), 'utf8'))).toBeGreaterThan(0);
});
