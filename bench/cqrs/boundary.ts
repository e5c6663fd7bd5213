import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import type { Measurement } from '../support/measurement.js';
import { timed } from './synth.js';

/** Both sides are processes of their own, as a synth is. */
export const boundary: Measurement = {
  name: 'boundary',
  what: 'synth of the storefront with the check of the boundary against without it; goal: 5 % more at most',
  unit: 's',
  better: 'low',
  goal: 1.05,
  effort: { full: { rounds: 15, warmUp: 2, size: 1 }, quick: { rounds: 2, warmUp: 1, size: 1 } },
  async prepare() {
    const folder = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-bench-boundary-'));
    return {
      kit: () => timed('bin/app.ts', folder),
      bare: () => timed('bench/cqrs/unchecked-app.ts', folder),
      close: async () => fs.rmSync(folder, { recursive: true, force: true }),
    };
  },
};
