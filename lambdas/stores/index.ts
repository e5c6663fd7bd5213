export * from './clock.js';
export * from './environment.js';
