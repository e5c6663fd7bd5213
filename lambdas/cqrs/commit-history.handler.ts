import { commits } from '../stores/index.js';
import { commitHistory } from './commit-history.js';
import { history, type HistoryAnswer } from './history.js';

const source = commitHistory(commits());

/** The publisher's history, for subscribers that were granted it. See `history` for what may be asked. */
export const handler = (request: unknown): Promise<HistoryAnswer> => history(source, request);
