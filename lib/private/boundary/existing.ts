import type { IConstruct } from 'constructs';

/** Found on what says that something exists already and is its own. */
const CLAIM = Symbol.for('cdk-database-patterns.Claim');

/**
 * Makes what exists already belong to the service of a construct: nobody else may reach these ARNs. A construct that is
 * offered (`offer`) claims them for whoever it is given to.
 */
export function claimExisting(construct: IConstruct, arns: readonly string[]): void {
  Object.defineProperty(construct, CLAIM, { value: [...claimOf(construct), ...arns], configurable: true });
}

/** What a construct claims. */
export function claimOf(construct: IConstruct): string[] {
  const arns: unknown = CLAIM in construct ? Reflect.get(construct, CLAIM) : undefined;
  return Array.isArray(arns) ? arns.filter((arn) => typeof arn === 'string') : [];
}
