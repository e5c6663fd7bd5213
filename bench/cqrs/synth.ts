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

async function timed(app: string, folder: string): Promise<number[]> {
  const start = performance.now();
  await synthesised(app, folder);
  return [(performance.now() - start) / 1000];
}

/** Has a process of its own synthesise an app; what it prints. */
export async function synthesised(app: string, folder: string, options: readonly string[] = []): Promise<string> {
  const environment = {
    ...process.env,
    CDK_VALIDATION: 'false',
    CDK_OUTDIR: fs.mkdtempSync(join(folder, 'out-')),
    JSII_DEPRECATED: 'quiet',
    // The kit by its package's name, compiled.
    TSX_TSCONFIG_PATH: 'bench/tsconfig.run.json',
  };
  const child = spawn(process.execPath, ['--import', 'tsx', app, ...options], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  const code = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
  if (code !== 0) throw new Error(`${app} could not be synthesised: it ended with ${String(code)}`);
  return printed;
}
