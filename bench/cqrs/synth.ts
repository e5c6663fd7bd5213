import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/support/paths.js';
import type { Measurement } from '../support/measurement.js';

/** Both sides are processes of their own, as a synth is. */
export const synth: Measurement = {
  name: 'synth',
  what: 'synth of the storefront without validation, against loading the CDK and an empty stack; goal: below 2 s',
  unit: 's',
  better: 'low',
  effort: { full: { rounds: 7, warmUp: 1, size: 1 }, quick: { rounds: 2, warmUp: 1, size: 1 } },
  async prepare() {
    const folder = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-bench-synth-'));
    return {
      kit: () => timed('bin/app.ts', folder),
      bare: () => timed('bench/cqrs/empty-app.ts', folder),
      close: async () => fs.rmSync(folder, { recursive: true, force: true }),
    };
  },
};

export async function timed(app: string, folder: string): Promise<number[]> {
  const outdir = fs.mkdtempSync(join(folder, 'out-'));
  const start = performance.now();
  const environment = {
    ...process.env,
    CDK_VALIDATION: 'false',
    CDK_OUTDIR: outdir,
    JSII_DEPRECATED: 'quiet',
    // The kit by its package's name, compiled.
    TSX_TSCONFIG_PATH: 'bench/tsconfig.run.json',
  };
  const child = spawn(process.execPath, ['--import', 'tsx', app], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await new Promise((resolve, reject) => child.on('exit', resolve).on('error', reject));
  if (code !== 0) throw new Error(`${app} could not be synthesised: it ended with ${String(code)}`);
  return [(performance.now() - start) / 1000];
}
