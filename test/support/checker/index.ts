export * from './check.js';
export * from './evidence.js';
export { nameOf } from './plain.js';
export * as storefront from './storefront.js';
