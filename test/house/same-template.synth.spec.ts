import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { storefront } from '../../examples/storefront/services/app.js';

/** All templates and asset manifests of a synth, by their names. */
function synthesised(): Record<string, string> {
  const outdir = mkdtempSync(join(tmpdir(), 'dbpatterns-same-'));
  onTestFinished(() => rmSync(outdir, { recursive: true, force: true }));
  storefront({ databases: {}, outdir }).synth();
  const files = readdirSync(outdir).filter((name) => /\.(template|assets)\.json$/.test(name));
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(outdir, name), 'utf8')]));
}

it('the same app becomes the same templates and assets, so that `cdk diff` is clean after a deployment', () => {
  const first = synthesised();
  expect(Object.keys(first)).toEqual(['Storefront.assets.json', 'Storefront.template.json']);
  expect(synthesised()).toEqual(first);
});
