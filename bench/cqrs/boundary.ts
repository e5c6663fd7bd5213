import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib/core';
import { StorefrontStack } from '../../examples/storefront/services/storefront-stack.js';
import type { Measurement } from '../support/measurement.js';

/** What stands on an app that is checked already: with it from the beginning, nobody checks it. */
const CHECKED = Symbol.for('cdk-database-patterns.Boundary');

/** In one process, warm, by the time that its own code takes: what the check adds, and not what a disk does. */
export const boundary: Measurement = {
  name: 'boundary',
  what: 'the storefront, constructed and synthesised, with the check of the boundary against without it; goal: 5 % at most',
  unit: 'ms CPU',
  better: 'low',
  goal: 1.05,
  effort: { full: { rounds: 20, warmUp: 5, size: 1 }, quick: { rounds: 3, warmUp: 1, size: 1 } },
  async prepare() {
    process.env.CDK_VALIDATION = 'false';
    const folder = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-bench-boundary-'));
    return {
      kit: async () => [synthesised(folder, true)],
      bare: async () => [synthesised(folder, false)],
      close: async () => fs.rmSync(folder, { recursive: true, force: true }),
    };
  },
};

function synthesised(folder: string, checked: boolean): number {
  const outdir = fs.mkdtempSync(join(folder, 'out-'));
  const before = process.cpuUsage();
  const app = new App({ outdir, analyticsReporting: false });
  if (!checked) Object.defineProperty(app, CHECKED, { value: true });
  new StorefrontStack(app, 'Storefront');
  app.synth();
  const { user } = process.cpuUsage(before);
  fs.rmSync(outdir, { recursive: true, force: true });
  return user / 1000;
}
