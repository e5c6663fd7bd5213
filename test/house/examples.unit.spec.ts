import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/support/paths.js';
import { exampleApps } from '../../scripts/templates/synthesise.js';

const has = (path: string): boolean => existsSync(join(root, path));

describe.each(exampleApps())('the example %s', (name) => {
  it('says what it is', () => {
    expect(has(`examples/${name}/README.md`)).toBe(true);
  });

  it('has an integration test, with the snapshot of what an account gets', () => {
    expect(has(`integ/integ.${name}.ts`), `integ/integ.${name}.ts`).toBe(true);
    expect(has(`integ/integ.${name}.ts.snapshot/manifest.json`), 'npm run integ -- --update').toBe(true);
  });

  it('is a workspace that the lock file knows, or `npm ci` fails', () => {
    const lock: unknown = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
    expect(lock).toHaveProperty(['packages', `examples/${name}`]);
  });
});
