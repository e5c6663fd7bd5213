import { type CfnElement, CfnResource } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import { ownerOf } from '../ownership';
import { KINDS } from './kinds';
import type { Survey, Surveyed } from './survey';
import { shown } from './tree';
import { at, leaves, list, texts } from './values';

/** Who acts by a principal: a function that has the role, or the role itself where nobody has it. */
export interface Actor {
  readonly construct: IConstruct;
  readonly owner: IConstruct | undefined;
  /** The role by which it acts, where that is another's. */
  readonly by?: IConstruct;
}

const PRINCIPAL = /^AWS::IAM::(Role|User|Group|InstanceProfile)$/;
/** Properties in which a role is one that the resource has, and not one that it only knows of. */
const HAS = /role|credentials|profile/i;

/** Which functions, tasks, state machines and so on act by which roles. */
export class Principals {
  private readonly users = new Map<CfnElement, Surveyed[]>();
  /** Role, to whoever may assume it. */
  private readonly assumed = new Map<CfnElement, CfnElement[]>();

  constructor(private readonly survey: Survey) {
    for (const surveyed of survey.resources) {
      for (const mention of surveyed.mentions) {
        if (isPrincipal(mention) && this.has(surveyed, mention)) {
          push(this.users, mention, surveyed);
        }
      }
      if (surveyed.type === 'AWS::IAM::Role') {
        this.readTrust(surveyed);
      }
      if (surveyed.type === 'AWS::IAM::UserToGroupAddition') {
        this.addMembers(surveyed);
      }
      if (surveyed.type === 'AWS::IAM::InstanceProfile') {
        this.passOn(texts(at(surveyed.properties, 'Roles')), surveyed.resource);
      }
    }
  }

  /** Who acts by a role, a user, a group. */
  actorsOf(principal: CfnElement): Actor[] {
    const actors = new Map<IConstruct, Actor>();
    this.collect(principal, principal, actors, new Set());
    if (actors.size === 0) {
      const construct = shown(principal);
      actors.set(construct, { construct, owner: ownerOf(principal) });
    }
    return [...actors.values()];
  }

  private collect(
    principal: CfnElement,
    first: CfnElement,
    actors: Map<IConstruct, Actor>,
    seen: Set<CfnElement>,
  ): void {
    if (seen.has(principal)) {
      return;
    }
    seen.add(principal);
    const roleOwner = ownerOf(first);
    const isOthers = (owner: IConstruct | undefined): boolean => roleOwner !== undefined && owner !== roleOwner;
    for (const { resource, owner } of this.users.get(principal) ?? []) {
      const construct = shown(resource);
      actors.set(construct, { construct, owner, ...(isOthers(owner) ? { by: shown(first) } : {}) });
    }
    for (const other of this.assumed.get(principal) ?? []) {
      this.collect(other, first, actors, seen);
      if (!this.users.has(other)) {
        const construct = shown(other);
        const owner = ownerOf(other);
        actors.set(construct, { construct, owner, ...(isOthers(owner) ? { by: shown(first) } : {}) });
      }
    }
  }

  private has({ type, properties }: Surveyed, principal: CfnElement): boolean {
    if (type === 'AWS::IAM::User') {
      return texts(at(properties, 'Groups')).some((text) => this.survey.marks.refersTo(text, principal));
    }
    // What has a policy that names a role does not act by it.
    const isStore = KINDS[type] !== undefined && KINDS[type].acting !== true;
    if (isStore || type.startsWith('AWS::IAM::') || type === 'AWS::Lambda::Permission' || /Policy$/.test(type)) {
      return false;
    }
    for (const { path, text } of leaves(properties)) {
      if (HAS.test(path) && !/^environment/i.test(path) && this.survey.marks.refersTo(text, principal)) {
        return true;
      }
    }
    return false;
  }

  private readTrust({ resource, properties }: Surveyed): void {
    for (const statement of list(at(properties, 'AssumeRolePolicyDocument', 'Statement'))) {
      if (at(statement, 'Effect') === 'Allow') {
        for (const text of texts(at(statement, 'Principal', 'AWS'))) {
          for (const { element } of this.survey.marks.targetsOf(text).filter((each) => isPrincipal(each.element))) {
            push(this.assumed, resource, element);
          }
        }
      }
    }
  }

  private addMembers({ properties }: Surveyed): void {
    for (const { element: group } of texts(at(properties, 'GroupName')).flatMap((name) =>
      this.survey.marks.targetsOf(name),
    )) {
      for (const { element: user } of texts(at(properties, 'Users')).flatMap((name) =>
        this.survey.marks.targetsOf(name),
      )) {
        push(this.assumed, group, user);
      }
    }
  }

  /** Whoever has the profile has the role. */
  private passOn(roles: readonly string[], profile: CfnElement): void {
    for (const { element } of roles.flatMap((role) => this.survey.marks.targetsOf(role))) {
      push(this.assumed, element, profile);
    }
  }
}

/** Whether something may be given permissions. */
export function isPrincipal(element: CfnElement): boolean {
  return CfnResource.isCfnResource(element) && PRINCIPAL.test(element.cfnResourceType);
}

function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const known = lists.get(key);
  if (known === undefined) {
    lists.set(key, [value]);
  } else {
    known.push(value);
  }
}
