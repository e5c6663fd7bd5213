import { fileURLToPath } from 'node:url';
import { ESLint, Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What the house's own syntax rules say about a text that stands in a file of that name. */
async function complaints(file: string, text: string): Promise<string[]> {
  const config = (await new ESLint({ cwd: root }).calculateConfigForFile(file)) as Linter.Config;
  const rules = { 'no-restricted-syntax': config.rules?.['no-restricted-syntax'] ?? 'off' };
  const parser = tseslint.parser as Linter.Parser;
  const messages = new Linter().verify(text, [{ files: ['**/*.ts'], languageOptions: { parser }, rules }], {
    filename: 'file.ts',
  });
  return messages.map((message) => message.message);
}

describe('in the Lambda library', () => {
  it.each([
    ['new Date()', 'const t = { at: new Date() };'],
    ['Date.now()', 'export function f() { return Date.now() + 1; }'],
    ['Math.random()', 'const jitter = () => Math.random() * 100;'],
    ['randomUUID()', 'export function id() { return randomUUID(); }'],
    ['crypto.randomUUID()', 'export function id() { return crypto.randomUUID(); }'],
    ['process.env', 'const table = process.env.TABLE;'],
  ])('%s in the middle of logic is refused', async (_what, text) => {
    expect(await complaints('lambdas/cqrs/relay.ts', text)).toHaveLength(1);
  });

  it.each([
    ['the default of a parameter', 'export function f(now = () => new Date()) { return now(); }'],
    ['the default of an option', 'export function f({ random = () => Math.random() } = {}) { return random(); }'],
    ['what an absent option falls back to', 'const now = options.now ?? (() => Date.now());'],
    ['a name that says so', 'const systemClock = () => new Date();'],
    ['a date of a given time', 'const at = new Date(1_000);'],
  ])('%s is allowed', async (_what, text) => {
    expect(await complaints('lambdas/cqrs/relay.ts', text)).toEqual([]);
  });

  it('the environment is read in environment.ts and in handlers', async () => {
    expect(await complaints('lambdas/stores/environment.ts', 'const table = process.env.TABLE;')).toEqual([]);
    expect(await complaints('lambdas/cqrs/relay.handler.ts', 'const table = process.env.TABLE;')).toEqual([]);
  });
});

describe('an index.ts', () => {
  it('may re-export', async () => {
    expect(await complaints('lib/cqrs/index.ts', "export * from './stream'; export { A } from './a';")).toEqual([]);
  });

  it.each([['export const a = 1;'], ['import "./a";'], ['const a = 1; export { a };'], ['function f() {}']])(
    'may not hold %s',
    async (text) => {
      expect(await complaints('lib/cqrs/index.ts', text)).not.toEqual([]);
    },
  );
});
