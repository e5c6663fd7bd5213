/** The demo: `npm run demo -- --help`. */
import { writeSync } from 'node:fs';
import { Listr } from 'listr2';
import { InAccount } from './in-account.js';
import { OnThisMachine } from './on-this-machine.js';
import { type Options, readOptions, usage } from './options.js';
import { paced } from './paced.js';
import type { Place } from './place.js';
import { folder, home, Session } from './session.js';

const shown = 20;

// The CDK warns of its own calls, and the SDK of the Node that is there.
process.env.JSII_DEPRECATED ??= 'quiet';
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const options = parse();
const started = performance.now();
const place = await chosen(options);
const session = new Session(place, options.invoices);

// What a cloud on this machine started ends with this process, however that ends; this is the orderly way.
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (interrupted.signal.aborted) return;
    interrupted.abort();
    // The list of tasks holds the output back, and has hidden the cursor.
    writeSync(process.stdout.fd, `${process.stdout.isTTY ? '\u001b[?25h' : ''}\n${signal}: ${place.lastWords}\n`);
    void place.interrupted().finally(() => process.exit(130));
  });
}

let differing: string[] = [];
const tasks = new Listr(
  [
    {
      title: place.beginning,
      task: (_, task) => session.start((text) => (task.output = text)),
    },
    {
      title: 'Deploy the storefront with the CDK',
      task: (_, task) => session.deploy(paced((text: string) => (task.output = text))),
    },
    {
      title: `Send ${session.plan.invoices.toLocaleString('en-GB')} invoices through its API`,
      task: (_, task) => {
        const say = paced((sent: number) => (task.output = `${sent} of ${session.commands} commands`));
        return session.feed(say);
      },
    },
    {
      title: 'Wait until the views have caught up',
      task: (_, task) => {
        const say = paced((behind: number) => (task.output = `${behind} commits behind`));
        return session.catchUp(say);
      },
    },
    {
      title: 'Compare everything with an independent calculation',
      task: async () => {
        differing = await session.compare();
        if (differing.length > 0) throw new Error(`${differing.length} differences`);
      },
    },
  ],
  { fallbackRenderer: 'simple', registerSignalListeners: false, rendererOptions: { collapseErrors: false } },
);

try {
  await tasks.run();
} catch (error) {
  if (interrupted.signal.aborted) await new Promise(() => undefined);
  process.exitCode = 1;
  if (differing.length === 0) console.error(error instanceof Error ? (error.stack ?? error.message) : error);
}

console.log(['', ...session.report, ''].join('\n'));
for (const difference of differing.slice(0, shown)) console.error(`  ✗ ${difference}`);
if (differing.length > shown) console.error(`  and ${differing.length - shown} more`);
if (process.exitCode === undefined) console.log(`  Every total is that of the calculation. ${seconds()} s\n`);

// A cloud on this machine is kept to look at what it holds; what lies in an account is somebody's to remove.
if (options.keep && (process.exitCode === undefined || options.target === 'aws')) place.keep();
else await place.end();

async function chosen({ target, auth, yes }: Options): Promise<Place> {
  if (target !== 'aws') return new OnThisMachine({ folder, cache: home, auth, target });
  try {
    return await InAccount.agreed(yes);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}

function parse(): Options {
  try {
    const given = readOptions(process.argv.slice(2));
    if (!given.help) return given;
    console.log(usage);
    process.exit(0);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}

function seconds(): string {
  return ((performance.now() - started) / 1000).toFixed(0);
}
