export * from './command-api';
export * from './outbox';
export * from './projection';
export * from './query-api';
export * from './view';
