import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/paths.js';
import { run } from '../support/run.js';
import { generate, type Step } from './generate.js';

/** A CDK app in Java compiles against the jar and is synthesised. */
export async function java(folder: string, step: Step): Promise<void> {
  const missing = await lacking();
  if (missing !== undefined) {
    console.log(`java    skipped: ${missing} is missing, so that nothing is compiled`);
    return;
  }
  const sources = await step('generated', () => generate('java', join(folder, 'generated')));
  const maven = (...args: string[]): Promise<string> =>
    run('mvn', ['--batch-mode', '--quiet', ...args], { cwd: sources });
  await step('built the jar', () =>
    maven(
      'package',
      'dependency:copy-dependencies',
      '-Dmaven.javadoc.skip=true',
      '-Dmaven.source.skip=true',
      '-DoutputDirectory=target/needed',
    ),
  );
  const app = join(folder, 'app');
  const classes = join(app, 'classes');
  cpSync(join(root, 'test/languages/java'), app, { recursive: true });
  mkdirSync(classes);
  const jar =
    readdirSync(join(sources, 'target')).find((name) => /^cdk-database-patterns-[\d.]+\.jar$/.test(name)) ?? '';
  const path = [classes, join(sources, 'target', jar), `${join(sources, 'target/needed')}/*`].join(':');
  await step('compiled an app', () => run('javac', ['-cp', path, '-d', classes, 'Notes.java'], { cwd: app }));
  await step('synthesised it', () =>
    run('java', ['-cp', path, 'Notes'], {
      cwd: app,
      env: { CDK_OUTDIR: join(folder, 'out'), CDK_VALIDATION: 'false' },
    }),
  );
}

async function lacking(): Promise<string | undefined> {
  for (const command of ['javac', 'mvn']) {
    try {
      await run(command, ['-version']);
    } catch {
      return command;
    }
  }
  return undefined;
}
