/** `npm run bench -- cqrs [names…]`: measures the kit beside the same thing done by hand. Never part of the tests. */
import './support/environment.js';
import { Command } from 'commander';
import { cqrs } from './cqrs/measurements.js';
import { BenchCloud } from './support/cloud.js';
import { compare, type Result } from './support/compare.js';
import type { Count, Measurement, Suite } from './support/measurement.js';
import { progressLine, type Progress } from './support/progress.js';
import { countTable, machine, table } from './support/report.js';

interface Options {
  readonly quick: boolean;
  readonly json: boolean;
  readonly list: boolean;
}

const suites: Record<string, Suite> = { cqrs };

/** What is counted is named like a measurement. */
const COUNTS = 'counts';

const program: Command = new Command('npm run bench --')
  .description('Measures the kit beside the same thing done by hand, by turns in one run.')
  .argument('<suite>', `what to measure: ${Object.keys(suites).join(', ')}`)
  .argument('[names...]', 'measurements of the suite; all of them if none is named')
  .option('--quick', 'a few rounds: shows that it runs, not how fast', false)
  .option('--json', 'the results as JSON on standard output', false)
  .option('--list', 'name the measurements and do nothing', false)
  .addHelpText(
    'after',
    '\nTimes are ratios of two numbers of the same run: read those, not the numbers.\nRun it on an idle machine; docs/bench.md has the results and what they mean.',
  )
  .action(run);

async function run(suite: string, names: readonly string[], options: Options): Promise<void> {
  const { counts: countsOf, measurements } = suiteOf(suite);
  const selected = selection(measurements, names);
  const isCounted = names.length === 0 || names.includes(COUNTS);
  if (options.list) {
    const counted = isCounted ? [{ name: COUNTS, what: 'requests and capacity units of each operation, exactly' }] : [];
    for (const { name, what } of [...counted, ...selected]) console.log(`${name.padEnd(24)} ${what}`);
    return;
  }
  const began = machine();
  const progress = progressLine();
  const cloud = new BenchCloud((what) => progress.show(what));
  const results: Result[] = [];
  let counts: readonly Count[] = [];
  try {
    if (isCounted) {
      progress.show('counting');
      counts = await countsOf(await cloud.get());
    }
    for (const one of selected) {
      try {
        const result = await measured(one, options, cloud, progress);
        results.push(result);
        progress.line(`${one.name}: ${result.ratio.toFixed(2)}${result.reached === false ? ', goal missed' : ''}`);
      } catch (error) {
        // One that cannot be measured does not keep the others from it.
        progress.line(`${one.name}: FAILED: ${error instanceof Error ? error.message : String(error)}`);
        process.exitCode = 1;
      }
    }
  } finally {
    progress.end();
    await cloud.stop();
  }
  if (options.json) {
    console.log(JSON.stringify({ machine: began, quick: options.quick, counts, results }, undefined, 2));
  } else {
    if (isCounted) console.log(`${countTable(counts)}\n`);
    if (selected.length > 0) console.log(`${table(results)}\n`);
    console.log(`${began.cpu}, ${began.cores} cores, load ${began.load} at the start, Node ${began.node}`);
  }
}

function suiteOf(name: string): Suite {
  const suite = suites[name];
  if (suite === undefined) program.error(`no such suite: ${name}; there is ${Object.keys(suites).join(', ')}`);
  return suite;
}

function selection(all: readonly Measurement[], names: readonly string[]): readonly Measurement[] {
  const known = [COUNTS, ...all.map(({ name }) => name)];
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) program.error(`no such measurement: ${unknown.join(', ')}; there is ${known.join(', ')}`);
  return all.filter(({ name }) => names.length === 0 || names.includes(name));
}

async function measured(
  one: Measurement,
  { quick }: Options,
  { get: cloud }: BenchCloud,
  progress: Progress,
): Promise<Result> {
  const effort = one.effort[quick ? 'quick' : 'full'];
  const say = (what: string): void => progress.show(`${one.name}: ${what}`);
  say(one.what);
  const sides = await one.prepare({ effort, cloud, say });
  try {
    return await compare(one, sides, effort, (round, of) => say(`round ${round} of ${of}`));
  } finally {
    await sides.close?.();
  }
}

await program.parseAsync();
