import { Construct, type IConstruct } from 'constructs';

/** Found on every service, whichever copy of this package made it. */
const SERVICE = Symbol.for('cdk-database-patterns.Service');
/** Found on what a service offers to whom it is given: the alias of an operation, the history of a stream. */
const OFFERED = Symbol.for('cdk-database-patterns.Offered');

/** Found on a database that several services share on purpose. */
const COMMON = Symbol.for('cdk-database-patterns.CommonDatabase');

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

/** Says that a database is shared on purpose: what is below it works for several services. */
export function makeCommon(database: IConstruct): void {
  Object.defineProperty(database, COMMON, { value: new Set() });
}

/** Makes the service of a construct one of those that share a database. */
export function takePart(database: IConstruct, construct: IConstruct): void {
  const sharers: unknown = Reflect.get(database, COMMON);
  if (sharers instanceof Set) {
    sharers.add(ownerOf(construct));
  }
}

/** The services that share a database. */
export function sharersOf(database: IConstruct): IConstruct[] {
  const sharers: unknown = Reflect.get(database, COMMON);
  return sharers instanceof Set ? [...sharers].filter((each) => Construct.isConstruct(each)) : [];
}

/** The database that is shared on purpose and that a construct is, or is a part of. */
export function commonOf(construct: IConstruct): IConstruct | undefined {
  let scope: IConstruct | undefined = construct;
  while (scope !== undefined && !(COMMON in scope)) {
    scope = scope.node.scope;
  }
  return scope;
}
