export * from './check.js';
export * from './evidence.js';
export * as storefront from './storefront.js';
