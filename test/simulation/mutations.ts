/**
 * `npm run test:mutations`: each guarantee is broken once, and the simulation has to notice it by a rule that speaks of
 * this guarantee. `-- gap` runs some by name.
 */
import { fileURLToPath } from 'node:url';
import { AT_REST } from './core/story.js';
import { bundle } from './runner/bundle.js';
import type { Order, Told } from './runner/messages.js';
import { mutants, type Mutant } from './runner/mutants.js';
import { withPostgres } from './runner/server.js';
import { employ } from './runner/workers.js';

/** A mutant that lives through the runs of so many seeds has not been caught; a third of them rebuild a view. */
const BOUND = { all: 400, rebuilds: 1_200 };
/** One waits for PostgreSQL while two others have a core each. */
const AT_ONCE = 3;
const LAST_LINES = 8;
/** A story of a mutant needs not be the shortest one, only one without most of what does not matter. */
const SHRINK = 3;

const root = fileURLToPath(new URL('../../', import.meta.url));
const wanted = process.argv.slice(2);
const chosen = mutants.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
const unchanged: Mutant = {
  name: 'nothing',
  breaks: 'nothing: it must live through all of these runs',
  by: [],
  patches: [],
};

/** What became of a mutant. */
interface Fate {
  readonly told: Told | undefined;
  readonly runs: number;
  /** Rules that it broke without being caught by that, and in how many runs. */
  readonly otherwise: ReadonlyMap<string, number>;
}

await withPostgres(root, async (server) => {
  const alive: string[] = [];
  let longest = 0;
  const live = async (mutant: Mutant, name: string, seeds: Order['seeds']): Promise<Fate> => {
    const { patches, by, among } = mutant;
    let last: Told | undefined;
    let count = 0;
    const otherwise = new Map<string, number>();
    const isMutant = patches.length > 0;
    const limits = { stopAtFailure: true, shrink: SHRINK, among, ...(isMutant ? { by } : {}) };
    const order = { server, database: name, root, seeds, patches, ...limits };
    await employ(await bundle(root, name, patches), order, (told) => {
      count += 1;
      if (told.failure !== undefined) last = told;
      for (const rule of told.otherwise ?? []) otherwise.set(rule, (otherwise.get(rule) ?? 0) + 1);
    });
    return { told: last, runs: count, otherwise };
  };
  const queue = [...chosen];
  const lanes = Array.from({ length: AT_ONCE }, (_, index) => index);
  const lane = async (index: number): Promise<void> => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const to = BOUND[mutant.among ?? 'all'];
      const fate = await live(mutant, `mutant_${index}`, { from: 1, to, step: 1 });
      longest = Math.max(longest, fate.told?.seed ?? to);
      if (fate.told === undefined) alive.push(mutant.name);
      report(mutant, fate);
    }
  };
  await Promise.all(lanes.map(lane));
  const fates = await Promise.all(
    lanes.map((index) => live(unchanged, `unchanged_${index}`, { from: 1 + index, to: longest, step: AT_ONCE })),
  );
  const told = fates.find((fate) => fate.told !== undefined)?.told;
  report(unchanged, { told, runs: fates.reduce((sum, { runs }) => sum + runs, 0), otherwise: new Map() });
  console.log(`\nmutations  ${chosen.length - alive.length} of ${chosen.length} caught`);
  if (alive.length > 0 || told !== undefined) process.exitCode = 1;
});

function report({ name, breaks, by, patches }: Mutant, { told, runs, otherwise }: Fate): void {
  const { violations = [], short, story = '' } = told?.failure ?? {};
  const others = [...otherwise].map(([rule, count]) => `${rule} in ${count}`).join(', ');
  if (told === undefined) {
    const isMutant = patches.length > 0;
    console.log(`\n${isMutant ? 'NOT CAUGHT' : 'passes    '}  ${name} (${breaks}), ${runs} runs`);
    if (isMutant) console.log(`  by none of ${by.join(', ')}; otherwise: ${others || 'nothing'}`);
    return;
  }
  console.log(
    `\n${patches.length > 0 ? 'caught    ' : 'FAILS     '}  ${name} (${breaks}), seed ${told.seed}, ${runs} runs`,
  );
  console.log(`  ${violations[0]}`);
  if (others !== '') console.log(`  runs before broke other rules: ${others}`);
  const lines = (short?.story ?? story).split('\n');
  const end = lines.findIndex((line) => line.endsWith(AT_REST));
  for (const line of lines.slice(0, Math.max(end, 0)).slice(-LAST_LINES)) console.log(`  ${line.slice(0, 200)}`);
}
