export * from './commit-store';
export * from './commit-store-api';
export * from './dynamodb-store';
export * from './dynamodb-store-api';
export * from './postgres-store';
export * from './postgres-store-api';
export * from './store';
