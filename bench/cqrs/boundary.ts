import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import type { Measurement, Side } from '../support/measurement.js';
import { median } from '../support/statistics.js';
import { synthesised } from './synth.js';

/** Many services: whether the check costs the same share of an app that is ten times as large. */
const MANY = 60;

/** CPU of `app.synth()` alone, in processes of their own: loading them takes longer, and by the clock a busy machine more. */
function measurement(name: string, app: string, of: string): Measurement {
  return {
    name,
    what: `CPU of app.synth() of ${of}, with the check of the boundary against without it; goal: 5 % more at most`,
    unit: 'ms',
    better: 'low',
    goal: 1.05,
    effort: { full: { rounds: 15, warmUp: 1, size: 3 }, quick: { rounds: 2, warmUp: 1, size: 1 } },
    async prepare({ effort: { size } }) {
      const folder = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-bench-boundary-'));
      const side = (check: string): Side => {
        return async () => {
          const samples: number[] = [];
          while (samples.length < size) {
            samples.push(Number(await synthesised('bench/cqrs/boundary-app.ts', folder, [app, check])));
          }
          return [median(samples)];
        };
      };
      return {
        kit: side('checked'),
        bare: side('unchecked'),
        close: async () => fs.rmSync(folder, { recursive: true, force: true }),
      };
    },
  };
}

export const boundaries: readonly Measurement[] = [
  measurement('boundary', 'shop', 'the storefront'),
  measurement('boundary-of-many', `${MANY}`, `${MANY} services`),
];
