import { type CfnElement, CfnResource } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import { ownerOf } from '../ownership';
import { accountOf, type Identity, identityOf, isOwnAccount, isSame } from './identities';
import { KINDS } from './kinds';
import { UNKNOWN } from './marks';
import type { Survey, Surveyed } from './survey';
import { shown } from './tree';
import { allows, at, list, texts } from './values';

/** Who acts by a principal: a function that has the role, or the role itself where nobody has it. */
export interface Actor {
  readonly construct: IConstruct;
  readonly owner: IConstruct | undefined;
  /** The role by which it acts, where that is another's. */
  readonly by?: IConstruct;
  /** Who it is, where that is somebody of elsewhere: the construct is the role that lets them in. */
  readonly arn?: string;
}

const NAMED = /^AWS::IAM::(Role|User|Group)$/;
const PRINCIPAL = /^AWS::IAM::(Role|User|Group|InstanceProfile)$/;
/** Properties in which a role is one that the resource has, and not one that it only knows of. */
const HAS = /role|credentials|profile/i;

/** Which functions, tasks, state machines and so on act by which roles. */
export class Principals {
  private readonly users = new Map<CfnElement, Surveyed[]>();
  /** Role, to whoever may assume it. */
  private readonly assumed = new Map<CfnElement, CfnElement[]>();
  /** Role, to the ARNs in its trust that were written down. */
  private readonly trusted = new Map<CfnElement, string[]>();
  /** Roles, users and groups that were given a name, by it. */
  private readonly named = new Map<string, [Identity, CfnElement][]>();
  private readonly names = new Map<CfnElement, Identity>();
  private holders?: Map<string, [Identity, Surveyed][]>;
  private imported?: [IConstruct, Identity | undefined][];

  constructor(private readonly survey: Survey) {
    for (const { resource, type, properties } of survey.resources) {
      const [, kind] = NAMED.exec(type) ?? [];
      for (const given of kind === undefined ? [] : texts(at(properties, `${kind}Name`))) {
        const name = `${kind?.toLowerCase()}/${given}`;
        const identity = { account: accountOf(resource), name };
        push(this.named, name, [identity, resource]);
        this.names.set(resource, identity);
      }
    }
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
      if (surveyed.type === 'AWS::IAM::User') {
        // By a reference it is one that has the group already.
        this.elements('group', at(surveyed.properties, 'Groups'), surveyed.resource)
          .filter((group) => !surveyed.mentions.has(group))
          .forEach((group) => push(this.users, group, surveyed));
      }
      if (surveyed.type === 'AWS::IAM::InstanceProfile') {
        // Whoever has the profile has the role.
        this.elements('role', at(surveyed.properties, 'Roles'), surveyed.resource).forEach((role) =>
          push(this.assumed, role, surveyed.resource),
        );
      }
    }
  }

  /** Who acts by a role, a user, a group. */
  actorsOf(principal: CfnElement): Actor[] {
    const actors = new Map<unknown, Actor>();
    this.collect(principal, principal, actors, new Set());
    if (actors.size === 0) {
      const construct = shown(principal);
      actors.set(construct, { construct, owner: ownerOf(principal) });
    }
    return [...actors.values()];
  }

  /**
   * Who acts by what a text says, be it a reference or an ARN that was written down; nobody where that is somebody of
   * elsewhere. A role that exists already is of whoever has it, or else of who imported it: the given service, if it did.
   */
  actorsNamed(text: string, service: IConstruct | undefined): Actor[] {
    const targets = this.survey.marks.targetsOf(text).filter(({ element }) => isPrincipal(element));
    if (targets.length > 0) {
      return targets.flatMap(({ element }) => this.actorsOf(element));
    }
    const holders = this.holdersOf(text);
    const imports = holders.length > 0 ? [] : this.importsOf(text);
    const [first] = imports;
    const construct = imports.find((each) => ownerOf(each) === service) ?? first;
    return construct === undefined ? holders : [{ construct, owner: ownerOf(construct) }];
  }

  /** Who here has the role that an ARN names; nobody where that exists already and no resource has it. */
  holdersOf(arn: string): Actor[] {
    const made = this.madeAs(arn);
    if (made !== undefined) {
      return this.actorsOf(made);
    }
    const role = identityOf(arn);
    return (role === undefined ? [] : this.havingBy(role)).map(({ resource, owner }) => ({
      construct: shown(resource),
      owner,
    }));
  }

  /** The role, user or group of this app that an ARN names, where it was given that name. */
  madeAs(arn: string): CfnElement | undefined {
    const identity = identityOf(arn);
    const [found] = (identity === undefined ? [] : (this.named.get(identity.name) ?? [])).filter(
      ([each]) => identity !== undefined && isSame(identity, each),
    );
    return found?.[1];
  }

  /** What stands for a role that exists already. */
  private importsOf(arn: string): IConstruct[] {
    const role = identityOf(arn);
    // What the CDK makes for an import stands before that.
    this.imported ??= this.survey
      .importedRoles()
      .map(([construct, text]): [IConstruct, Identity | undefined] => [construct, identityOf(text)])
      .reverse();
    return this.imported.flatMap(([construct, each]) =>
      role !== undefined && each !== undefined && isSame(role, each) ? [construct] : [],
    );
  }

  /** Whatever has a role by an ARN that was written down: asked for only where one is, or a role was given a name. */
  private byRole(): Map<string, [Identity, Surveyed][]> {
    if (this.holders === undefined) {
      this.holders = new Map();
      for (const surveyed of this.survey.resources.filter(({ type }) => mayHave(type))) {
        for (const { path, text } of surveyed.leads) {
          const role = isHad(path) ? identityOf(text) : undefined;
          if (role !== undefined) {
            push(this.holders, role.name, [role, surveyed]);
          }
        }
      }
    }
    return this.holders;
  }

  private collect(principal: CfnElement, first: CfnElement, actors: Map<unknown, Actor>, seen: Set<CfnElement>): void {
    if (seen.has(principal)) {
      return;
    }
    seen.add(principal);
    const roleOwner = ownerOf(first);
    const isOthers = (owner: IConstruct | undefined): boolean => roleOwner !== undefined && owner !== roleOwner;
    for (const { resource, owner } of this.usersOf(principal)) {
      const construct = shown(resource);
      actors.set(construct, { construct, owner, ...(isOthers(owner) ? { by: shown(first) } : {}) });
    }
    for (const other of this.assumed.get(principal) ?? []) {
      this.collect(other, first, actors, seen);
      if (this.usersOf(other).length === 0) {
        const construct = shown(other);
        const owner = ownerOf(other);
        actors.set(construct, { construct, owner, ...(isOthers(owner) ? { by: shown(first) } : {}) });
      }
    }
    for (const arn of this.trusted.get(principal) ?? []) {
      const known = this.actorsNamed(arn, roleOwner);
      for (const { construct, owner } of known) {
        actors.set(construct, { construct, owner, ...(isOthers(owner) ? { by: shown(first) } : {}) });
      }
      // A role without an owner is told itself.
      if (known.length === 0 && roleOwner !== undefined) {
        actors.set(arn, { construct: shown(principal), owner: undefined, arn });
      }
    }
  }

  /** Whatever has a principal: by a reference, or a role by the name that it was given. */
  private usersOf(principal: CfnElement): readonly Surveyed[] {
    const users = this.users.get(principal) ?? [];
    const role = this.names.get(principal);
    return role === undefined ? users : [...users, ...this.havingBy(role)];
  }

  private havingBy(role: Identity): Surveyed[] {
    return (this.byRole().get(role.name) ?? []).flatMap(([each, surveyed]) => (isSame(role, each) ? [surveyed] : []));
  }

  private has({ type, properties, leads }: Surveyed, principal: CfnElement): boolean {
    if (type === 'AWS::IAM::User') {
      return texts(at(properties, 'Groups')).some((text) => this.survey.marks.refersTo(text, principal));
    }
    if (!mayHave(type)) {
      return false;
    }
    for (const { path, text } of leads) {
      if (isHad(path) && this.survey.marks.refersTo(text, principal)) {
        return true;
      }
    }
    return false;
  }

  private readTrust({ resource, properties }: Surveyed): void {
    for (const statement of list(at(properties, 'AssumeRolePolicyDocument', 'Statement'))) {
      if (allows(statement)) {
        const given = at(statement, 'Principal');
        for (const text of given === '*' ? ['*'] : texts(at(given, 'AWS'))) {
          const targets = this.survey.marks.targetsOf(text).filter((each) => isPrincipal(each.element));
          targets.forEach(({ element }) => push(this.assumed, resource, element));
          if (targets.length === 0 && !text.includes(UNKNOWN) && !isOwnAccount(text, resource)) {
            push(this.trusted, resource, text);
          }
        }
      }
    }
  }

  private addMembers({ resource, properties }: Surveyed): void {
    for (const group of this.elements('group', at(properties, 'GroupName'), resource)) {
      for (const user of this.elements('user', at(properties, 'Users'), resource)) {
        push(this.assumed, group, user);
      }
    }
  }

  /** What names refer to, or were given to here. */
  private elements(kind: string, names: unknown, at: CfnElement): CfnElement[] {
    return texts(names).flatMap((name) => {
      const targets = this.survey.marks.targetsOf(name).map(({ element }) => element);
      return targets.length > 0 ? targets : (this.madeAs(`arn:*:iam::${accountOf(at)}:${kind}/${name}`) ?? []);
    });
  }
}

/** Whether something may be given permissions. */
function isPrincipal(element: CfnElement): boolean {
  return CfnResource.isCfnResource(element) && PRINCIPAL.test(element.cfnResourceType);
}

/** Whether a resource of a type may act by a role: what has a policy that names one does not. */
function mayHave(type: string): boolean {
  const isStore = KINDS[type] !== undefined && KINDS[type].acting !== true;
  return !isStore && !type.startsWith('AWS::IAM::') && type !== 'AWS::Lambda::Permission' && !/Policy$/.test(type);
}

function isHad(path: string): boolean {
  return HAS.test(path) && !/^environment/i.test(path);
}

function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const known = lists.get(key);
  if (known === undefined) {
    lists.set(key, [value]);
  } else {
    known.push(value);
  }
}
