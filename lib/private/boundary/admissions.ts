import { Annotations } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import { isPast, type Terms, termsFindings } from '../terms';
import { asPattern } from './marks';
import { within } from './tree';

/** Found on a construct around whose stores somebody was let in. */
const ADMISSIONS = Symbol.for('cdk-database-patterns.Admissions');

/** Somebody who is let in, with a reason. */
export interface Admitted extends Terms {
  readonly principal?: IConstruct;
  readonly principalArn?: string;
  readonly actions?: readonly string[];
}

/** What somebody does with a store. */
export interface Deed {
  /** Where the store stands. */
  readonly store: IConstruct;
  /** Who it may be: a function, the role that it has, the policy that says so. */
  readonly by: readonly IConstruct[];
  /** Who it is, where that is no construct. */
  readonly arn: string | undefined;
  /** The actions; none where the store is only referred to. */
  readonly actions: readonly string[];
}

/** Lets somebody in to the stores at and below a construct. */
export function admit(scope: IConstruct, admitted: Admitted): void {
  const list = listOf(scope);
  if (list === undefined) {
    Object.defineProperty(scope, ADMISSIONS, { value: [admitted] });
  } else {
    list.push(admitted);
  }
}

/** All that is wrong with an entry. */
export function admissionFindings(admitted: Admitted): string[] {
  const { principal, principalArn } = admitted;
  const findings: string[] = [];
  if ((principal === undefined) === (principalArn === undefined)) {
    const given =
      principal === undefined ? 'neither principal nor principalArn is' : 'principal and principalArn are both';
    findings.push(`${given} given; allowed: one of them, which says who is let in`);
  }
  return [...findings, ...termsFindings(admitted)];
}

/** Says what is past its day: a warning, since a deployment that mends something must not fail by date. */
export function warnIfOverdue(scope: IConstruct, { reason, until }: Admitted): void {
  if (until !== undefined && isPast(until)) {
    Annotations.of(scope).addWarningV2(
      'cdk-database-patterns:admissionOverdue',
      `somebody is let in until ${until}, which is past ("${reason}"); take the entry out, or set another day`,
    );
  }
}

/** The entries of an app, which remember whether they were needed. */
export class Admissions {
  private readonly used = new Set<Admitted>();
  private readonly scopes = new Set<IConstruct>();
  /** Entry, to the ARN in it as policies have it. */
  private readonly arns = new Map<Admitted, string>();

  /** Notes the entries of a construct. */
  collect(construct: IConstruct): void {
    if (listOf(construct) !== undefined) {
      this.scopes.add(construct);
    }
  }

  /** Says what ARNs in the entries are, when all of the app is known. */
  render(render: (scope: IConstruct, text: string) => string): void {
    for (const scope of this.scopes) {
      for (const admitted of listOf(scope) ?? []) {
        if (admitted.principalArn !== undefined) {
          this.arns.set(admitted, plain(render(scope, admitted.principalArn)));
        }
      }
    }
  }

  /** Whether somebody was let in for all of it. */
  allow(deed: Deed): boolean {
    let allowed = false;
    for (let scope: IConstruct | undefined = deed.store; scope !== undefined; scope = scope.node.scope) {
      for (const admitted of listOf(scope) ?? []) {
        if (this.matches(admitted, deed)) {
          this.used.add(admitted);
          allowed = true;
        }
      }
    }
    return allowed;
  }

  /** Says which entries let in nobody any more; one that stands above the stage may be there for another stage. */
  warnOfIdle(root: IConstruct): void {
    for (const scope of [...this.scopes].filter((each) => within(each, root))) {
      for (const admitted of (listOf(scope) ?? []).filter((each) => !this.used.has(each))) {
        Annotations.of(scope).addWarningV2(
          'cdk-database-patterns:idleAdmission',
          `${admitted.principal?.node.path ?? admitted.principalArn ?? 'somebody'} is let in ("${admitted.reason}") and ` +
            'reaches nothing here; take the entry out',
        );
      }
    }
  }

  private matches(admitted: Admitted, { arn, by, actions }: Deed): boolean {
    const { principal } = admitted;
    const isWho =
      principal === undefined
        ? arn !== undefined && this.arns.get(admitted) === plain(arn)
        : by.some((each) => within(each, principal));
    const listed = admitted.actions?.map((action) => action.toLowerCase());
    return isWho && (listed === undefined || actions.every((action) => listed.includes(action.toLowerCase())));
  }
}

/** An ARN as messages say it, in whichever partition: `*` for what is not known before the deployment. */
function plain(arn: string): string {
  return asPattern(arn).replace(/^arn:[^:]*:/, 'arn:*:');
}

function listOf(scope: IConstruct): Admitted[] | undefined {
  const list: unknown = Reflect.get(scope, ADMISSIONS);
  return Array.isArray(list) ? list : undefined;
}
