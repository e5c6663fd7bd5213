/**
 * Runs the tests: `npm test -- [--target embedded|localstack|localstack-host] [what vitest takes]`. A target other than
 * the embedded one runs what is said to hold on every target: the examples' integration tests.
 */
import { spawnSync } from 'node:child_process';
import { LocalCloudError, targetOf } from '../local/index.js';
import { localStackParts } from '../local/localstack/localstack.js';

/** What does not depend on how an emulator is made. */
const ON_EVERY_TARGET = [
  ...['--project', 'int', 'test/examples', 'test/local/localstack'],
  // LocalStack is one process and makes one resource of a stack after the other: more at once only wait for each other
  ...['--hookTimeout', '300000', '--testTimeout', '120000', '--maxWorkers', '2'],
];

const { target, rest } = parse(process.argv.slice(2));
if (target === 'localstack-host') await requireParts();
const scope = target === 'embedded' ? [] : ON_EVERY_TARGET;
const { status } = spawnSync('npx', ['vitest', 'run', ...scope, ...rest], {
  stdio: 'inherit',
  env: { ...process.env, DBPATTERNS_TEST_TARGET: target },
});
process.exitCode = status ?? 1;

function parse(args: readonly string[]) {
  const at = args.findIndex((arg) => arg === '--target' || arg.startsWith('--target='));
  if (at === -1) return { target: targetOf('embedded'), rest: args };
  const [name, value = args[at + 1] ?? ''] = (args[at] ?? '').split('=');
  const rest = args.toSpliced(at, args[at] === name ? 2 : 1);
  return { target: targetOf(value), rest };
}

/** Says what this machine lacks and leaves the tests out; in CI it must have it. */
async function requireParts(): Promise<void> {
  try {
    await localStackParts('.local', (message) => console.log(message));
  } catch (error) {
    const isLack = error instanceof LocalCloudError && /MISSING|TOO_OLD|WITHOUT|UNSUPPORTED/.test(error.code);
    if (!isLack || process.env.CI === 'true') throw error;
    console.log(`The tests on LocalStack are left out: ${error.message}`);
    process.exit(0);
  }
}
