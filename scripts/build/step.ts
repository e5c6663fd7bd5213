import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentHash } from '../support/files.js';
import { root } from '../support/paths.js';
import { since } from '../support/run.js';

/** One step of the build: what it reads, what it leaves, and how. */
export interface Step {
  readonly name: string;
  /** Files and folders, relative to the root. */
  readonly inputs: readonly string[];
  /** Files that stand when the step is done. */
  readonly outputs: readonly string[];
  readonly make: () => Promise<void>;
}

/** The tools themselves are an input of each step. */
const TOOLS = ['scripts/build', 'package-lock.json', 'tsconfig.json'];

/** Does the step, unless its inputs are those of its last run and its outputs are there. Prints one line. */
export async function build(step: Step): Promise<void> {
  const stamp = join(root, 'dist/.stamps', step.name);
  const key = contentHash([...step.inputs, ...TOOLS]);
  const standing = step.outputs.every((file) => existsSync(join(root, file)));
  const say = (what: string): void => {
    console.log(`build  ${step.name.padEnd(10)} ${what}`);
  };
  if (standing && existsSync(stamp) && readFileSync(stamp, 'utf8') === key) {
    say('up to date');
    return;
  }

  const start = performance.now();
  rmSync(stamp, { force: true });
  await step.make();
  mkdirSync(join(root, 'dist/.stamps'), { recursive: true });
  writeFileSync(stamp, key);
  say(since(start));
}
