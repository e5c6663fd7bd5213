import type { IConstruct } from 'constructs';

/** Found on every service, whichever copy of this package made it. */
const SERVICE = Symbol.for('cdk-database-patterns.Service');
/** Found on what a service offers to whom it is given: the alias of an operation, the history of a stream. */
const OFFERED = Symbol.for('cdk-database-patterns.Offered');

/** Makes a construct the owner of what is below it. */
export function own(service: IConstruct): void {
  Object.defineProperty(service, SERVICE, { value: true });
}

/** Whether a construct is a service. */
export function isService(construct: IConstruct): boolean {
  return SERVICE in construct;
}

/** The nearest service at or above a construct. */
export function ownerOf(construct: IConstruct): IConstruct | undefined {
  let scope: IConstruct | undefined = construct;
  while (scope !== undefined && !isService(scope)) {
    scope = scope.node.scope;
  }
  return scope;
}

/** Marks what others may use, where it is given to them. */
export function offer(construct: IConstruct): void {
  Object.defineProperty(construct, OFFERED, { value: true, configurable: true });
}

/** Whether a construct is offered to others. */
export function isOffered(construct: IConstruct): boolean {
  return OFFERED in construct;
}
