import { CfnElement } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import { ownerOf } from '../ownership';
import { meet, meetArn } from './glob';
import { actorsOf, type Grantee } from './grants';
import { environmentOf, resourceOf } from './guarded';
import { asPattern, UNKNOWN } from './marks';
import type { Actor, Principals } from './principals';
import type { Survey } from './survey';
import { shown } from './tree';
import { allows, at, isObject, list, texts } from './values';

/** Somebody may publish in the name of others, and so write into the views of whoever follows these. */
export interface Forger {
  readonly actor: Actor;
  readonly bus: IConstruct;
  readonly policy: IConstruct;
  /** Who it is, where no construct stands for them. */
  readonly arn?: string;
}

/** Who may put events on the services' buses and need not say truly who they are. */
export function* forgersOf(grantees: readonly Grantee[], survey: Survey, principals: Principals): Generator<Forger> {
  const buses = busesOf(survey);
  for (const grantee of grantees) {
    for (const statement of grantee.statements) {
      if (allows(statement) && mayPut(statement)) {
        const reached = [...buses].flatMap(([bus, arn]) => (isReached(statement, bus, arn, survey) ? [bus] : []));
        for (const actor of reached.length === 0 ? [] : actorsOf(grantee, principals)) {
          if (!isItself(statement, actor)) {
            const { arn } = actor;
            yield* reached.map((bus) => ({
              actor,
              bus: shown(bus),
              policy: grantee.policy,
              ...(arn === undefined ? {} : { arn }),
            }));
          }
        }
      }
    }
  }
  for (const [bus, policy, statement] of busPolicies(survey, buses)) {
    if (!allows(statement) || !mayPut(statement)) {
      continue;
    }
    const given = at(statement, 'Principal');
    for (const name of given === '*' ? ['*'] : texts(at(given, 'AWS'))) {
      const actors = principals.actorsNamed(name, ownerOf(bus));
      for (const actor of actors) {
        if (!isItself(statement, actor)) {
          yield { actor, bus: shown(bus), policy, ...(actor.arn === undefined ? {} : { arn: actor.arn }) };
        }
      }
      if (actors.length === 0 && name !== UNKNOWN && !isNobodyHere(statement, survey)) {
        yield { actor: { construct: policy, owner: undefined }, bus: shown(bus), policy, arn: name };
      }
    }
  }
}

/** What the policies of the buses themselves say. */
function* busPolicies(
  survey: Survey,
  buses: ReadonlyMap<CfnElement, string>,
): Generator<readonly [CfnElement, IConstruct, unknown]> {
  for (const { resource, type, properties } of survey.resources) {
    const isPolicy = type === 'AWS::Events::EventBusPolicy';
    if (!isPolicy && type !== 'AWS::Events::EventBus') {
      continue;
    }
    const named = texts(at(properties, 'EventBusName')).flatMap((name) => survey.marks.targetsOf(name));
    const [statements, elements] = isPolicy
      ? [statementsOf(properties), named.map(({ element }) => element)]
      : [list(at(properties, 'Policy', 'Statement')), [resource]];
    for (const bus of elements.filter((element) => buses.has(element))) {
      for (const statement of statements) {
        yield [bus, shown(resource), statement];
      }
    }
  }
}

/** A policy of a bus, or the one account that it lets in without one. */
function statementsOf(properties: unknown): unknown[] {
  const account = at(properties, 'Principal');
  return account === undefined
    ? list(at(properties, 'Statement'))
    : [{ Effect: 'Allow', Action: at(properties, 'Action'), Principal: { AWS: account } }];
}

function mayPut(statement: unknown): boolean {
  const isAllBut = texts(at(statement, 'NotAction')).length > 0;
  return (
    isAllBut ||
    texts(at(statement, 'Action')).some((action) => meet(asPattern(action).toLowerCase(), 'events:putevents'))
  );
}

function isReached(statement: unknown, bus: CfnElement, arn: string, survey: Survey): boolean {
  if (texts(at(statement, 'NotResource')).length > 0) {
    return true;
  }
  return texts(at(statement, 'Resource')).some((resource) => {
    const targets = survey.marks.targetsOf(resource);
    if (targets.length > 0 || resource === UNKNOWN) {
      return targets.some(({ element }) => element === bus);
    }
    const pattern = asPattern(resource);
    // A bus whose name is known at the deployment only is most likely not the one that was written down.
    return meetArn(pattern, arn) && (!arn.endsWith('/*') || /[*?]/.test(resourceOf(pattern) || pattern));
  });
}

/** Whether the source of the events has to be the service's own name. */
function isItself(statement: unknown, { owner }: Actor): boolean {
  const serviceName: unknown = owner === undefined ? undefined : Reflect.get(owner, 'serviceName');
  return sourceIs(statement, (source) => source === serviceName);
}

/** Whether the source of the events can be no service of this app. */
function isNobodyHere(statement: unknown, { services }: Survey): boolean {
  return sourceIs(statement, (source) => services.every((service) => Reflect.get(service, 'serviceName') !== source));
}

/** By `ForAnyValue` one event of a batch would do for all. */
function sourceIs(statement: unknown, isAllowed: (source: string) => boolean): boolean {
  const conditions = at(statement, 'Condition');
  return (
    isObject(conditions) &&
    Object.entries(conditions).some(([operator, keys]) => {
      const sources = texts(at(keys, 'events:source'));
      return /^(ForAllValues:)?StringEquals$/.test(operator) && sources.length > 0 && sources.every(isAllowed);
    })
  );
}

/** The buses on which services publish, with the pattern of their ARNs. */
function busesOf(survey: Survey): Map<CfnElement, string> {
  const found = new Set<CfnElement>();
  for (const service of survey.services) {
    const bus: unknown = member(member(service, 'events'), 'eventBus');
    const resource: unknown = member(member(bus, 'node'), 'defaultChild');
    // A bus of another app has no resource here.
    if (resource !== undefined && CfnElement.isCfnElement(resource)) {
      found.add(resource);
    }
  }
  const buses = survey.resources.filter(({ resource }) => found.has(resource));
  return new Map(
    buses.map(({ resource, properties }) => {
      const [name = UNKNOWN] = texts(at(properties, 'Name'));
      return [resource, `arn:*:events:${environmentOf(resource.stack)}:event-bus/${asPattern(name)}`];
    }),
  );
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
