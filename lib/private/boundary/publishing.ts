import { CfnElement } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import { actorsOf, granteesOf } from './grants';
import { asPattern, UNKNOWN } from './marks';
import type { Actor, Principals } from './principals';
import type { Survey } from './survey';
import { shown } from './tree';
import { at, isObject, texts } from './values';

/** Somebody may publish in the name of others, and so write into the views of whoever follows these. */
export interface Forger {
  readonly actor: Actor;
  readonly bus: IConstruct;
  readonly policy: IConstruct;
}

/** Who may put events on the services' buses and need not say truly who they are. */
export function* forgersOf(survey: Survey, principals: Principals): Generator<Forger> {
  const buses = busesOf(survey);
  for (const grantee of granteesOf(survey)) {
    for (const statement of grantee.statements) {
      if (at(statement, 'Effect') === 'Allow' && mayPut(statement)) {
        const reached = [...buses].filter((bus) => isReached(statement, bus, survey));
        for (const actor of reached.length === 0 ? [] : actorsOf(grantee, principals)) {
          if (!isItself(statement, actor)) {
            yield* reached.map((bus) => ({ actor, bus: shown(bus), policy: grantee.policy }));
          }
        }
      }
    }
  }
}

function mayPut(statement: unknown): boolean {
  const isAllBut = texts(at(statement, 'NotAction')).length > 0;
  return (
    isAllBut || texts(at(statement, 'Action')).some((action) => /^(events:(putevents|put\*|\*)|\*)$/i.test(action))
  );
}

function isReached(statement: unknown, bus: CfnElement, survey: Survey): boolean {
  return texts(at(statement, 'Resource')).some((resource) => {
    const targets = survey.marks.targetsOf(resource);
    const isWide =
      targets.length === 0 && resource !== UNKNOWN && /^(\*|arn:[^:]*:events:.*\*)$/.test(asPattern(resource));
    return isWide || targets.some(({ element }) => element === bus);
  });
}

/** Whether the source of the events has to be the service's own name. */
function isItself(statement: unknown, { owner }: Actor): boolean {
  const conditions = at(statement, 'Condition');
  const serviceName: unknown = owner === undefined ? undefined : Reflect.get(owner, 'serviceName');
  return (
    isObject(conditions) &&
    Object.entries(conditions).some(([operator, keys]) => {
      const sources = texts(at(keys, 'events:source'));
      return /StringEquals$/.test(operator) && sources.length > 0 && sources.every((source) => source === serviceName);
    })
  );
}

/** The buses on which services publish. */
function busesOf(survey: Survey): Set<CfnElement> {
  const buses = new Set<CfnElement>();
  for (const service of survey.services) {
    const bus: unknown = member(member(service, 'events'), 'eventBus');
    const resource: unknown = member(member(bus, 'node'), 'defaultChild');
    // A bus of another app has no resource here.
    if (resource !== undefined && CfnElement.isCfnElement(resource)) {
      buses.add(resource);
    }
  }
  return buses;
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
