import { postgres } from '../stores/index.js';
import { history, type HistoryAnswer } from './history.js';
import { outboxHistory } from './outbox-history.js';

const source = outboxHistory(postgres());

/** The publisher's history, for subscribers that were granted it. See `history` for what may be asked. */
export const handler = (request: unknown): Promise<HistoryAnswer> => history(source, request);
