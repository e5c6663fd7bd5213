/** `npm run test:sim`: the shop under simulation. `-- --seed 123` repeats one run, `--runs 100000 --from 1` others. */
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { counts as Counts } from './counts.js';
import { bundle } from './runner/bundle.js';
import type { Told } from './runner/messages.js';
import { withPostgres } from './runner/server.js';
import { employ } from './runner/workers.js';

/** What there is at least of each, in a run on average: where nothing works or strikes, nothing is shown. */
const LEAST = { accepted: 4, answered: 1.5, swaps: 0.25, faults: 5 };
/** So many runs have an average. */
const MEANINGFUL = 500;

const root = fileURLToPath(new URL('../../', import.meta.url));
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '2000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    // `npm run test:soak -- --sim`: what is meant when nothing else is said.
    sim: { type: 'boolean' },
    // Instead of runs: what an event costs while the store grows to so many.
    counts: { type: 'string' },
    // One waits for PostgreSQL while two others have a core each.
    workers: { type: 'string', default: '3' },
    failures: { type: 'string', default: '3' },
  },
});
if (values.counts !== undefined) {
  const most = whole('counts', values.counts, 10);
  const file = await bundle(root, 'counts', [], 'test/simulation/counts.ts');
  const { counts } = (await import(pathToFileURL(file).href)) as { counts: typeof Counts };
  const sizes = [10, 1e3, 1e4, 1e5, 1e6].filter((size) => size <= most);
  for (const { events, ...costs } of await counts(sizes))
    console.log(`counts  to ${events} events`, JSON.stringify(costs));
  process.exit();
}
const from = values.seed === undefined ? whole('from', values.from) : whole('seed', values.seed);
const runs = values.seed === undefined ? whole('runs', values.runs) : 1;
const workers = Math.min(whole('workers', values.workers), runs);
const shown = whole('failures', values.failures);

const began = performance.now();
const sums = { runs: 0, moments: 0, seconds: 0, faults: 0, commands: 0, accepted: 0, answered: 0, swaps: 0 };
const failed: Told[] = [];

await withPostgres(root, async (server) => {
  const file = await bundle(root, 'worker');
  const timer = setInterval(progress, 5_000);
  const working = Array.from({ length: workers }, (_, index) =>
    employ(
      file,
      {
        server,
        database: `worker_${index}`,
        root,
        seeds: { from: from + index, to: from + runs - 1, step: workers },
        shrink: 120,
        stopAtFailure: true,
        tell: values.seed !== undefined,
      },
      (told) => {
        sums.runs += 1;
        for (const name of ['moments', 'seconds', 'faults', 'commands'] as const) sums[name] += told[name];
        for (const name of ['accepted', 'answered', 'swaps'] as const) sums[name] += told.done[name];
        if (told.failure !== undefined) failed.push(told);
        if (told.story !== undefined) console.log(told.story);
      },
    ),
  );
  try {
    for (const ended of await Promise.allSettled(working)) if (ended.status === 'rejected') throw ended.reason;
  } finally {
    clearInterval(timer);
  }
});
progress();
for (const { seed, failure } of failed.slice(0, shown)) {
  const { violations, repeats, story, short } = failure!;
  console.log(`\nseed ${seed} fails${repeats ? '' : ' (and not the same way again)'}:`);
  for (const violation of violations) console.log(`  ${violation}`);
  console.log(`\n${short?.story ?? story}\n`);
  if (short !== undefined) {
    console.log(`shortened to ${short.steps} steps and the faults ${short.faults.join(' | ') || 'none'}`);
  }
  console.log(`again: npm run test:sim -- --seed ${seed}`);
}
const few = Object.entries(LEAST).filter(([name, least]) => sums[name as keyof typeof LEAST] < least * sums.runs);
if (runs >= MEANINGFUL && few.length > 0) {
  console.log(
    `\ntoo little works: there were fewer ${few.map(([name]) => name).join(', ')} than in any edition before`,
  );
  process.exitCode = 1;
}
// Workers end with their first failure; without one they have lived through all of them.
if (failed.length > 0 || sums.runs < runs) process.exitCode = 1;

/** @throws RangeError if it is no whole number, or too small. */
function whole(option: string, text: string, least = 1): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`--${option} must be a whole number from ${least} on, and is '${text}'`);
}

function progress(): void {
  const took = (performance.now() - began) / 1000;
  const days = (sums.seconds / 86_400).toFixed(1);
  console.log(
    `sim  ${sums.runs} of ${runs} runs, ${failed.length} failed; ${sums.commands} commands, ${sums.accepted} accepted, ` +
      `${sums.answered} answers, ${sums.swaps} swaps; ${sums.faults} faults, ` +
      `${sums.moments} moments in ${days} virtual days; ${took.toFixed(0)} s, ${(sums.runs / took).toFixed(0)} runs/s`,
  );
}
