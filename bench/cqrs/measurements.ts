import type { Suite } from '../support/measurement.js';
import { boundaries } from './boundary.js';
import { busToView, commandToView, commitCommandToView } from './chain.js';
import { commandsDuringRebuilds } from './commands-during-rebuild.js';
import { counts } from './counts.js';
import { cpu } from './cpu.js';
import { dedupe } from './dedupe.js';
import { rebuild } from './rebuild.js';
import { dynamodbRelays, postgresRelays } from './relays.js';
import { synth } from './synth.js';

/** In the order in which they run: what needs a quiet process first. */
const measurements = [
  cpu,
  synth,
  ...boundaries,
  dedupe,
  busToView,
  commandToView,
  commitCommandToView,
  ...postgresRelays,
  ...dynamodbRelays,
  rebuild,
  ...commandsDuringRebuilds,
];

export const cqrs: Suite = { measurements, counts };
