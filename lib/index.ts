export * from './service';
export * from './stores';
export * from './cqrs';
