export * from './domain-events';
export * from './event-stream';
export * from './service';
