/** `npm run test:mutations`: each guarantee is broken once, and the simulation has to notice. `-- gap` runs some by name. */
import { fileURLToPath } from 'node:url';
import { bundle } from './runner/bundle.js';
import type { Told } from './runner/messages.js';
import { mutants, type Mutant } from './runner/mutants.js';
import { withPostgres } from './runner/server.js';
import { employ } from './runner/workers.js';

/** A mutant that lives through so many runs has not been caught. */
const BOUND = 400;
const AT_ONCE = 2;
const LAST_LINES = 8;

const root = fileURLToPath(new URL('../../', import.meta.url));
const wanted = process.argv.slice(2);
const chosen = mutants.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
const unchanged: Mutant = { name: 'nothing', breaks: 'nothing: it must live through all of these runs', patches: [] };

await withPostgres(root, async (server) => {
  const alive: string[] = [];
  let longest = 0;
  const live = async (
    mutant: Mutant,
    lane: number,
    runs: number,
  ): Promise<{ told: Told | undefined; runs: number }> => {
    const name = `mutant_${lane}`;
    const { patches } = mutant;
    let last: Told | undefined;
    let count = 0;
    const seeds = { from: 1, to: runs, step: 1 };
    const order = { server, database: name, root, seeds, stopAtFailure: true, shrink: patches.length > 0, patches };
    await employ(await bundle(root, name, patches), order, (told) => {
      count += 1;
      if (told.failure !== undefined) last = told;
    });
    return { told: last, runs: count };
  };
  const queue = [...chosen];
  const lane = async (index: number): Promise<void> => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const { told, runs } = await live(mutant, index, BOUND);
      longest = Math.max(longest, runs);
      if (told === undefined) alive.push(mutant.name);
      report(mutant, told, runs);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => lane(index)));
  const { told, runs } = await live(unchanged, 0, longest);
  report(unchanged, told, runs);
  console.log(`\nmutations  ${chosen.length - alive.length} of ${chosen.length} caught`);
  if (alive.length > 0 || told !== undefined) process.exitCode = 1;
});

function report({ name, breaks, patches }: Mutant, told: Told | undefined, runs: number): void {
  const { violations = [], short, story = '' } = told?.failure ?? {};
  if (told === undefined) {
    console.log(`\n${patches.length > 0 ? 'NOT CAUGHT' : 'passes    '}  ${name} (${breaks}), ${runs} runs`);
    return;
  }
  console.log(
    `\n${patches.length > 0 ? 'caught    ' : 'FAILS     '}  ${name} (${breaks}), seed ${told.seed}, ${runs} runs`,
  );
  console.log(`  ${violations[0]}`);
  for (const line of (short?.story ?? story).split('\n').slice(-LAST_LINES)) console.log(`  ${line.slice(0, 200)}`);
}
