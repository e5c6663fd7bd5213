import type { CfnElement } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import { ownerOf } from '../ownership';
import type { Tell } from './deeds';
import { type Guarded, type GuardedStores, resourceOf, withoutParts } from './guarded';
import { accountOf } from './identities';
import { touches } from './kinds';
import { countsAs } from './managed-policies';
import { asPattern, isMarked, UNKNOWN } from './marks';
import type { Actor, Principals } from './principals';
import { isSingleton } from './singletons';
import type { Survey } from './survey';
import { shown } from './tree';
import { allows, at, list, texts } from './values';

const HOLDER = /^AWS::IAM::(Role|User|Group)$/;
const POLICY = /^AWS::IAM::(Policy|ManagedPolicy|RolePolicy|UserPolicy|GroupPolicy)$/;
const ATTACHED = [
  ['Roles', 'role'],
  ['Users', 'user'],
  ['Groups', 'group'],
  ['RoleName', 'role'],
  ['UserName', 'user'],
  ['GroupName', 'group'],
] as const;
const WIDE_MEND = 'name what it needs: the ARNs of its own stores, or store.wire(fn, …), store.grantRead(fn)';

/** Who is given permissions. */
export interface Grantee {
  /** What is made here, or the ARN of what exists already. */
  readonly principal: CfnElement | string;
  readonly statements: readonly unknown[];
  readonly policy: IConstruct;
  /** A policy that cannot be read here. */
  readonly managed?: string;
}

/** What principals may do by their own policies, whoever attached them. */
export function readGrants(
  grantees: readonly Grantee[],
  survey: Survey,
  stores: GuardedStores,
  principals: Principals,
  tell: Tell,
): void {
  for (const grantee of grantees) {
    const actors = actorsOf(grantee, principals);
    for (const statement of grantee.statements) {
      if (allows(statement)) {
        readStatement(statement, grantee, actors, { survey, stores, principals, tell });
      }
    }
  }
}

/** Every policy with whom it is of. */
export function* granteesOf(survey: Survey): Generator<Grantee> {
  const attached = new Map<CfnElement, CfnElement[]>();
  for (const { resource, type, properties } of survey.resources) {
    if (HOLDER.test(type)) {
      for (const policy of list(at(properties, 'Policies'))) {
        yield {
          principal: resource,
          statements: list(at(policy, 'PolicyDocument', 'Statement')),
          policy: shown(resource),
        };
      }
      for (const arn of texts(at(properties, 'ManagedPolicyArns'))) {
        const [target] = survey.marks.targetsOf(arn);
        if (target !== undefined) {
          attached.set(target.element, [...(attached.get(target.element) ?? []), resource]);
        } else if (arn !== UNKNOWN) {
          const actions = countsAs(asPattern(arn));
          const statements = actions.length === 0 ? [] : [{ Effect: 'Allow', Action: actions, Resource: '*' }];
          yield {
            principal: resource,
            statements,
            policy: shown(resource),
            managed: asPattern(arn.slice(arn.lastIndexOf('/') + 1)),
          };
        }
      }
    }
  }
  for (const { resource, type, properties } of survey.resources) {
    if (POLICY.test(type)) {
      const holders = ATTACHED.flatMap(([property, kind]) =>
        texts(at(properties, property)).map(
          (name) => survey.marks.targetsOf(name)[0]?.element ?? `arn:*:iam::${accountOf(resource)}:${kind}/${name}`,
        ),
      );
      const statements = list(at(properties, 'PolicyDocument', 'Statement'));
      for (const principal of [...holders, ...(attached.get(resource) ?? [])]) {
        yield { principal, statements, policy: shown(resource) };
      }
    }
  }
}

/** Who acts by a policy. */
export function actorsOf({ principal, policy }: Grantee, principals: Principals): Actor[] {
  if (typeof principal === 'string') {
    const holders = principals.holdersOf(principal);
    // A role that exists already: the CDK puts its policies below what imported it.
    return holders.length > 0 ? holders : [{ construct: policy, owner: ownerOf(policy) }];
  }
  return principals.actorsOf(principal).flatMap((actor): Actor[] => {
    if (actor.owner !== undefined || !isSingleton(actor.construct)) {
      return [actor];
    }
    // The policies that others gave to a function of the CDK are theirs.
    return isSingleton(policy) ? [] : [{ construct: policy, owner: ownerOf(policy) }];
  });
}

interface Context {
  readonly survey: Survey;
  readonly stores: GuardedStores;
  readonly principals: Principals;
  readonly tell: Tell;
}

function readStatement(statement: unknown, grantee: Grantee, actors: readonly Actor[], context: Context): void {
  const allBut = texts(at(statement, 'NotAction'));
  const actions = allBut.length > 0 ? ['*'] : texts(at(statement, 'Action')).map(asPattern);
  const others = texts(at(statement, 'NotResource'));
  const resources = others.length > 0 ? ['*'] : texts(at(statement, 'Resource'));
  const said = { actions: allBut.length > 0 ? `all actions but ${allBut.join(', ')}` : undefined, others };
  // Once for all that it reaches: paths and roles are looked for.
  let of: { readonly evidence: string; readonly role: IConstruct } | undefined;
  for (const resource of resources) {
    for (const [store, reaching] of reached(resource, actions, grantee, context)) {
      const isNamed = isMarked(resource) && context.survey.marks.targetsOf(resource).length > 0;
      const wide = isNamed || isExisting(resource, store) ? undefined : wideText(resource, reaching, grantee, said);
      of ??= {
        evidence: `${said.actions === undefined ? '' : `${said.actions}; `}policy ${grantee.policy.node.path}`,
        role: roleOf(grantee, context.principals),
      };
      for (const actor of actors) {
        context.tell({
          actor,
          store,
          actions: reaching,
          via: grantee.policy,
          ...of,
          ...(actor.arn === undefined ? {} : { arn: actor.arn }),
          ...(wide === undefined ? {} : { wide, instead: WIDE_MEND }),
        });
      }
    }
  }
}

/** Whose permission it is: where the role exists already, its policy stands for it. */
function roleOf({ principal, policy }: Grantee, principals: Principals): IConstruct {
  return typeof principal === 'string' ? (principals.madeAs(principal) ?? policy) : principal;
}

function reached(
  resource: string,
  actions: readonly string[],
  { policy }: Grantee,
  { survey, stores }: Context,
): Map<Guarded, string[]> {
  const found = new Map<Guarded, string[]>();
  const candidates = candidatesOf(resource, policy, survey, stores);
  for (const action of actions) {
    const [prefix = '', verb = '*'] = action.toLowerCase().split(':');
    for (const store of candidates ?? stores.withPrefix(prefix)) {
      if ((prefix === '*' || store.kind.prefixes.includes(prefix)) && touches(store.kind, verb)) {
        const known = found.get(store);
        if (known === undefined) {
          found.set(store, [action]);
        } else {
          known.push(action);
        }
      }
    }
  }
  return found;
}

/** What a resource of a statement may be; nothing for `*`, where it may be anything. */
function candidatesOf(
  resource: string,
  policy: IConstruct,
  survey: Survey,
  stores: GuardedStores,
): readonly Guarded[] | undefined {
  if (/^\*+$/.test(resource)) {
    return undefined;
  }
  const targets = survey.marks.targetsOf(resource);
  if (targets.length > 0) {
    return targets.flatMap(({ element }) => stores.of(element) ?? []);
  }
  if (resource.includes(UNKNOWN)) {
    return [];
  }
  const known = stores.matching(resource);
  const isPlain = resource.startsWith('arn:') && !/[*?]/.test(resource.replace(/[/:]\*$/, ''));
  if (known.length > 0 || !isPlain) {
    return known;
  }
  return stores.unclaimed(withoutParts(resource), policy);
}

/** Whether a resource is written down as that of a store that exists, in whichever account and region. */
function isExisting(resource: string, { existing }: Guarded): boolean {
  return existing !== undefined && resourceOf(existing) === resourceOf(asPattern(withoutParts(resource)));
}

function wideText(
  resource: string,
  actions: readonly string[],
  { managed }: Grantee,
  said: { readonly actions: string | undefined; readonly others: readonly string[] },
): string {
  if (managed !== undefined) {
    return `has the managed policy ${managed}, which cannot be read here and counts as ${actions.join(', ')} on *`;
  }
  const what = said.actions ?? actions.join(', ');
  const where = said.others.length > 0 ? 'all resources but those that it names' : asPattern(resource);
  return `may do ${what} on ${where}`;
}
