import type { IConstruct } from 'constructs';

/** What each service offers to others, in words that say how to use it. */
const OFFERS = Symbol.for('cdk-database-patterns.Offers');

/** Remembers a way to what a service knows, for the message to somebody who took another one. */
export function tellOf(service: IConstruct, way: string): void {
  Object.defineProperty(service, OFFERS, { value: [...offersOf(service), way], configurable: true });
}

/** The ways to what a service knows. */
export function offersOf(service: IConstruct): string[] {
  const ways: unknown = OFFERS in service ? Reflect.get(service, OFFERS) : undefined;
  return Array.isArray(ways) ? ways.filter((way) => typeof way === 'string') : [];
}
