import { readVariable, text } from '../stores/index.js';
import { decidedCommands } from './decided-commands.js';
import { deciderFunction } from './decider.js';

const { decider } = readVariable('DBPATTERNS_DECIDER', { decider: text });

/** Commands that a function in another language decides. */
export const handler = decidedCommands(deciderFunction(decider));
