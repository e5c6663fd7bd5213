import type { Measurement } from '../support/measurement.js';
import { busToView, commandToView, commitCommandToView } from './chain.js';
import { cpu } from './cpu.js';
import { dedupe } from './dedupe.js';
import { rebuild } from './rebuild.js';
import { dynamodbRelay, postgresRelay } from './relays.js';
import { synth } from './synth.js';

/** In the order in which they run: what needs a quiet process first. */
export const cqrs: readonly Measurement[] = [
  cpu,
  synth,
  dedupe,
  busToView,
  commandToView,
  commitCommandToView,
  postgresRelay,
  dynamodbRelay,
  rebuild,
];
