import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { root } from '../../scripts/support/paths.js';
import { run } from '../../scripts/support/run.js';

const outdir = mkdtempSync(join(tmpdir(), 'dbpatterns-app-'));
afterAll(() => rmSync(outdir, { recursive: true, force: true }));

it('the command in cdk.json synthesises the shop, as the CDK would run it here', async () => {
  const { app } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { app: string };
  await run('sh', ['-c', app], { env: { CDK_OUTDIR: outdir } });
  const template = JSON.parse(readFileSync(join(outdir, 'Storefront.template.json'), 'utf8')) as { Resources: object };
  expect(Object.keys(template.Resources).length).toBeGreaterThan(50);
});
