/**
 * `npm run test:soak`: the shop under many more seeds than CI has time for. `-- --faults` on the real engines, otherwise
 * under simulation; the other options go to whichever runs.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const args = process.argv.slice(2);
const rest = args.filter((argument) => argument !== '--faults');
const faults = ['test/faults/soak.ts', ...rest];
const simulation = ['test/simulation/main.ts', '--runs', '100000', ...rest];
const isOfFaults = rest.length < args.length;

const settings = {
  // The constructs come compiled, by their package's name: Node finds no names in CommonJS that is made as it loads.
  TSX_TSCONFIG_PATH: 'test/faults/tsconfig.json',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  CDK_VALIDATION: 'false',
  JSII_DEPRECATED: 'quiet',
};

// An interrupt reaches the whole group, and the program has something to clean up.
process.on('SIGINT', () => undefined);
const child = spawn(process.execPath, ['--import', 'tsx', ...(isOfFaults ? faults : simulation)], {
  cwd: root,
  env: { ...process.env, ...(isOfFaults ? settings : {}) },
  stdio: 'inherit',
});
child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 130)));
