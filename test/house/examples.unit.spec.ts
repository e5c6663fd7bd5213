import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/support/paths.js';
import { exampleApps } from '../../scripts/templates/synthesise.js';

const has = (path: string): boolean => existsSync(join(root, path));
const text = (path: string): string => readFileSync(join(root, path), 'utf8');

describe.each(exampleApps())('the example %s', (name) => {
  it('says what it is', () => {
    expect(has(`examples/${name}/README.md`)).toBe(true);
  });

  it('has an integration test, with the snapshot of what an account gets', () => {
    expect(has(`integ/integ.${name}.ts`), `integ/integ.${name}.ts`).toBe(true);
    expect(has(`integ/integ.${name}.ts.snapshot/manifest.json`), 'npm run integ -- --update').toBe(true);
  });

  it('is deployed by the app of the repository', () => {
    expect(text('bin/app.ts')).toContain(`'../examples/${name}/`);
  });

  it('is a workspace that the lock file knows, or `npm ci` fails', () => {
    expect(JSON.parse(text('package-lock.json'))).toHaveProperty(['packages', `examples/${name}`]);
  });
});
