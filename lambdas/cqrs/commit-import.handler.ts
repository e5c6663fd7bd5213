import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { commits } from '../stores/index.js';
import { commitImport } from './commit-import.js';
import { importEnvironment } from './commands-environment.js';
import { historyFunction } from './history-function.js';

const { stream, history, store } = importEnvironment();

const deps = { stream, history: historyFunction(history), store: commits(store) };

/** Keeps the commits that the bus brings. */
export const handler = (event: SQSEvent): Promise<SQSBatchResponse> => commitImport(event, deps);
