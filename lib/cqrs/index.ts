export * from './archived-history';
export * from './command-api';
export * from './commit-outbox';
export * from './outbox';
export * from './postgres-outbox';
export * from './projection';
export * from './query-api';
export * from './view';
