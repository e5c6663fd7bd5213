import { type CfnElement, CfnResource } from 'aws-cdk-lib/core';
import { ownerOf } from '../ownership';
import type { Tell } from './deeds';
import type { Guarded, GuardedStores } from './guarded';
import { asPattern } from './marks';
import type { Survey, Surveyed } from './survey';
import { shown } from './tree';
import { at, list, texts } from './values';

/** Properties that put a resource into security groups. */
const GROUPS = /security_?groups?(ids?)?(\[\d+\])*$/i;
const INGRESS = /^AWS::(EC2::SecurityGroupIngress|VPC::SecurityGroupIngressRule)$/;

/** A security group: one of this app, the VPC, which has one by itself, or the id of one that exists already. */
type Group = CfnElement | string;

/** Who may open connections to stores. */
export function readNetwork(survey: Survey, stores: GuardedStores, tell: Tell): void {
  const members = membersOf(survey);
  const storesIn = (group: Group): Guarded[] => databasesOf(members.get(group) ?? [], stores);
  for (const [group, rule, via] of rulesOf(survey)) {
    for (const store of storesIn(group)) {
      const sources = texts(at(rule, 'SourceSecurityGroupId')).flatMap((id) => groupsIn(id, survey));
      const evidence = `the security group ${nameOf(group)}`;
      for (const source of sources) {
        const others = (members.get(source) ?? []).filter(({ resource }) => stores.of(resource) !== store);
        const clients = others.length > 0 ? others : source === group ? [] : [undefined];
        for (const client of clients) {
          const isUnknown = client === undefined && typeof source === 'string';
          const resource = client?.resource ?? (typeof source === 'string' ? via.resource : source);
          tell({
            actor: { construct: shown(resource), owner: isUnknown ? undefined : ownerOf(resource) },
            store,
            actions: [],
            evidence: `${evidence}, which lets in ${nameOf(source)}${isUnknown ? ': nobody here is in it' : ''}`,
            via: via.resource,
          });
        }
      }
      const [range] = ['CidrIp', 'CidrIpv6', 'SourcePrefixListId'].flatMap((name) => texts(at(rule, name)));
      if (range !== undefined) {
        tell({
          actor: { construct: shown(via.resource), owner: undefined },
          store,
          actions: [],
          evidence: `${evidence}, which lets in ${asPattern(range)}: that says where somebody is, and not who`,
          via: via.resource,
          instead: "let in the security group of the service's own functions",
        });
      }
    }
  }
  readDefaults(stores, members, tell);
}

/**
 * The group that a VPC has by itself: all that are in it let each other in. So may one that exists already, whose rules are
 * not known.
 */
function readDefaults(stores: GuardedStores, members: ReadonlyMap<Group, readonly Surveyed[]>, tell: Tell): void {
  for (const [group, all] of members) {
    if (typeof group === 'string' || typeOf(group) === 'AWS::EC2::VPC') {
      for (const store of databasesOf(all, stores)) {
        for (const { resource, owner } of all.filter((each) => stores.of(each.resource) !== store)) {
          tell({
            actor: { construct: shown(resource), owner },
            store,
            actions: [],
            evidence: `the ${typeof group === 'string' ? 'security group' : 'default security group of'} ${nameOf(group)}, which both are in`,
            via: resource,
          });
        }
      }
    }
  }
}

function databasesOf(members: readonly Surveyed[], stores: GuardedStores): Guarded[] {
  const found = new Set(members.flatMap(({ resource }) => stores.of(resource) ?? []));
  return [...found].filter(({ kind }) => kind.isData === true);
}

/** Who is in which group. */
function membersOf(survey: Survey): Map<Group, Surveyed[]> {
  const members = new Map<Group, Surveyed[]>();
  for (const surveyed of survey.resources) {
    if (surveyed.type.startsWith('AWS::EC2::SecurityGroup') || INGRESS.test(surveyed.type)) {
      continue;
    }
    const found = new Set<Group>();
    for (const { path, text } of surveyed.leads) {
      if (GROUPS.test(path)) {
        groupsIn(text, survey).forEach((group) => found.add(group));
      }
    }
    for (const group of found) {
      const known = members.get(group);
      if (known === undefined) {
        members.set(group, [surveyed]);
      } else {
        known.push(surveyed);
      }
    }
  }
  return members;
}

function groupsIn(text: string, survey: Survey): Group[] {
  if (/^sg-\w+$/.test(text)) {
    return [text];
  }
  return survey.marks.targetsOf(text).flatMap(({ element }) => (isGroup(element) ? [element] : []));
}

function isGroup(element: CfnElement): boolean {
  const type = typeOf(element);
  return type === 'AWS::EC2::SecurityGroup' || type === 'AWS::EC2::VPC';
}

function nameOf(group: Group): string {
  return typeof group === 'string' ? group : shown(group).node.path;
}

function typeOf(element: CfnElement): string | undefined {
  return CfnResource.isCfnResource(element) ? element.cfnResourceType : undefined;
}

function* rulesOf(survey: Survey): Generator<readonly [Group, unknown, Surveyed]> {
  for (const surveyed of survey.resources) {
    if (surveyed.type === 'AWS::EC2::SecurityGroup') {
      for (const rule of list(at(surveyed.properties, 'SecurityGroupIngress'))) {
        yield [surveyed.resource, rule, surveyed];
      }
    } else if (INGRESS.test(surveyed.type)) {
      for (const group of texts(at(surveyed.properties, 'GroupId')).flatMap((id) => groupsIn(id, survey))) {
        yield [group, surveyed.properties, surveyed];
      }
    }
  }
}
