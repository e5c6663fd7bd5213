/**
 * The constructs in other languages, from the assembly of the last build.
 *
 *   python   the wheel is built and installed into a virtual environment, where a CDK app in Python with handlers in
 *            Python (test/languages/python) is deployed to a local cloud, is sent a command and shows it in its view
 *   java     an app in Java (test/languages/java) compiles against the jar and synthesises; needs a JDK and Maven
 *
 * `npm run test:languages -- python` does one of them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Step } from './languages/generate.js';
import { java } from './languages/java.js';
import { python } from './languages/python.js';
import { since } from './support/run.js';

// What is deprecated in aws-cdk-lib concerns itself, and advice about the version of Node belongs to nobody's log.
Object.assign(process.env, { JSII_DEPRECATED: 'quiet', AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' });

const languages = { python, java };
const wanted = process.argv.slice(2);

/** Says what each step took, under the language's name. */
const stepper =
  (language: string): Step =>
  async (what, work) => {
    const start = performance.now();
    const result = await work();
    console.log(`${language.padEnd(8)}${what} (${since(start)})`);
    return result;
  };

async function proved([language, prove]: readonly [string, (typeof languages)['python']]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), `dbpatterns-${language}-`));
  try {
    await prove(folder, stepper(language));
  } catch (error) {
    console.error(`${language.padEnd(8)}FAILED\n${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const chosen = Object.entries(languages).filter(([language]) => wanted.length === 0 || wanted.includes(language));
await Promise.all(chosen.map(proved));
