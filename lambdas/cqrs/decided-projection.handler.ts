import { readVariable, text } from '../stores/index.js';
import { decidedProjection } from './decided-projection.js';
import { deciderFunction } from './decider.js';

const { decider } = readVariable('DBPATTERNS_DECIDER', { decider: text });
const { stream } = readVariable('DBPATTERNS_PROJECTION', { stream: text });

/** A view whose operations a function in another language decides. */
export const handler = decidedProjection(stream, deciderFunction(decider));
