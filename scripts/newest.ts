/**
 * The project on the newest aws-cdk-lib: a copy of it below .local/newest, in which only the CDK is another one.
 * The examples are synthesised with the CDK's own validation, then the tests of the constructs run.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './support/paths.js';
import { CommandFailed, run, since } from './support/run.js';
import { exampleApps } from './templates/synthesise.js';

/** What takes the place of what is installed, with what it brings along. */
const NEWEST = ['aws-cdk-lib@latest', 'constructs@latest'];
const home = join(root, '.local/newest');
const copy = join(home, 'project');

/** What the build made and the copy needs; it was built at the peer floor, as users get it. */
const BUILT = /(^|\/)dist\/(?!test-results|templates|release|newest|\.next|\.lock)/;

async function step(what: string, work: () => Promise<string>): Promise<void> {
  const start = performance.now();
  try {
    console.log(`newest  ${await work()} (${since(start)})`);
  } catch (error) {
    console.error(`newest  FAILED: ${what} (${since(start)})`);
    console.error(error instanceof CommandFailed ? error.output.trimEnd() : error);
    process.exitCode = 1;
  }
}

async function install(): Promise<string> {
  const packages = join(home, 'cdk');
  rmSync(home, { recursive: true, force: true });
  mkdirSync(packages, { recursive: true });
  writeFileSync(join(packages, 'package.json'), '{ "private": true }\n');
  const options = ['--no-audit', '--no-fund', '--no-save', '--prefer-offline'];
  await run('npm', ['install', ...options, ...NEWEST], { cwd: packages });
  await copyProject();
  const names = readdirSync(join(packages, 'node_modules')).filter((name) => !name.startsWith('.'));
  const scoped = names.flatMap((name) =>
    name.startsWith('@') ? readdirSync(join(packages, 'node_modules', name)).map((one) => `${name}/${one}`) : [name],
  );
  for (const name of scoped) {
    const place = join(copy, 'node_modules', name);
    rmSync(place, { recursive: true, force: true });
    mkdirSync(dirname(place), { recursive: true });
    renameSync(join(packages, 'node_modules', name), place);
  }
  const manifest = readFileSync(join(copy, 'node_modules/aws-cdk-lib/package.json'), 'utf8');
  return `aws-cdk-lib ${(JSON.parse(manifest) as { version: string }).version} is installed in a copy of the project`;
}

/** Links to packages, and hard links to their files: a copy of node_modules in two seconds. */
async function copyProject(): Promise<void> {
  const listed = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z']);
  const ignored = await run('git', ['ls-files', '--others', '--ignored', '--exclude-standard', '-z']);
  const built = ignored.split('\0').filter((file) => BUILT.test(file) && !/(^|\/)(node_modules|\.local)\//.test(file));
  for (const file of [...listed.split('\0'), ...built]) {
    if (file === '' || !existsSync(join(root, file))) continue;
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  await run('cp', ['-al', join(root, 'node_modules'), copy]);
}

/** Each of the apps as an account would get it, by its own command and with its own validation plugins. */
async function synthesise(example: string): Promise<string> {
  const folder = join(copy, 'examples', example);
  const { app } = JSON.parse(readFileSync(join(folder, 'cdk.json'), 'utf8')) as { app: string };
  const foreign = Object.keys(process.env).filter((name) => /^(AWS|CDK|DBPATTERNS)_/.test(name));
  const env = {
    ...Object.fromEntries(foreign.map((name) => [name, undefined])),
    CDK_OUTDIR: join(home, 'out', example),
  };
  await run('sh', ['-c', app], { cwd: folder, env });
  const said = violations(env.CDK_OUTDIR);
  if (said.length > 0) throw new Error(said.join('\n'));
  return `${example} is synthesised, and the CDK's validation has nothing to say`;
}

/** What the CDK's own validation says of an assembly. Without being asked it only warns, so its report is read. */
function violations(outdir: string): string[] {
  const { pluginReports } = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8')) as {
    pluginReports: { pluginName: string; violations: { ruleName: string; description: string }[] }[];
  };
  return pluginReports
    .filter(({ pluginName }) => pluginName === 'CloudFormation Validate')
    .flatMap((report) => report.violations.map((one) => `${one.ruleName}: ${one.description}`));
}

const FAULTY = `
const { App, CfnResource, Stack } = require('aws-cdk-lib');
const app = new App();
new CfnResource(new Stack(app, 'Faulty'), 'Queue', { type: 'AWS::SQS::Queue', properties: { Nonsense: 1 } });
app.synth();`;

/** A template without faults leaves no trace in the report: that the validation is there, a faulty one shows. */
async function noticeFaults(): Promise<string> {
  const outdir = join(home, 'out/faulty');
  await run(process.execPath, ['--eval', FAULTY], {
    cwd: copy,
    env: { CDK_OUTDIR: outdir, CDK_VALIDATION: undefined },
  });
  if (violations(outdir).length === 0) throw new Error('a property that no queue has was not noticed');
  return 'the validation of the CDK notices a faulty template';
}

await step('installing the newest aws-cdk-lib', install);
if (process.exitCode === undefined) {
  await step('noticing a faulty template', noticeFaults);
  for (const example of exampleApps()) await step(`synthesising ${example}`, () => synthesise(example));
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'synth', '--reporter=dot'];
  await step('the tests of the constructs', async () => {
    await run(process.execPath, vitest, { cwd: copy });
    return 'the tests of the constructs pass';
  });
}
rmSync(home, { recursive: true, force: true });
