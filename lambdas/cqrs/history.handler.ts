import { postgres } from '../stores/index.js';
import { history } from './history.js';

const db = postgres();

/** The publisher's history, for subscribers that were granted it: `{ stream, from }` → `{ commits, more }`. */
export const handler = (request: unknown): ReturnType<typeof history> => history(db, request);
