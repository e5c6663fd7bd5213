import { commits } from '../stores/index.js';
import { archivedHistory } from './archived-history.js';
import { importEnvironment } from './commands-environment.js';
import { historyFunction } from './history-function.js';
import { history, type HistoryAnswer } from './history.js';

const { history: publisher, store } = importEnvironment();

const source = archivedHistory(commits(store), historyFunction(publisher));

/** The history of an import, for subscribers that were granted it. See `history` for what may be asked. */
export const handler = (request: unknown): Promise<HistoryAnswer> => history(source, request);
