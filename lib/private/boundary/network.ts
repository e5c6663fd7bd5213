import { type CfnElement, CfnResource } from 'aws-cdk-lib/core';
import { ownerOf } from '../ownership';
import type { Tell } from './deeds';
import type { Guarded, GuardedStores } from './guarded';
import { asPattern } from './marks';
import type { Survey, Surveyed } from './survey';
import { shown } from './tree';
import { at, leaves, list, texts } from './values';

/** Properties that put a resource into security groups. */
const GROUPS = /security_?groups?(ids?)?(\[\d+\])*$/i;
const INGRESS = /^AWS::(EC2::SecurityGroupIngress|VPC::SecurityGroupIngressRule)$/;

/** Who may open connections to stores. */
export function readNetwork(survey: Survey, stores: GuardedStores, tell: Tell): void {
  const members = membersOf(survey);
  const storesIn = (group: CfnElement): Guarded[] => [
    ...new Set((members.get(group) ?? []).flatMap(({ resource }) => stores.of(resource) ?? [])),
  ];
  for (const [group, rule, via] of rulesOf(survey)) {
    for (const store of storesIn(group).filter(({ kind }) => kind.isData === true)) {
      const sources = texts(at(rule, 'SourceSecurityGroupId')).flatMap((id) => survey.marks.targetsOf(id));
      const evidence = `the security group ${shown(group).node.path}`;
      for (const { element } of sources) {
        const others = (members.get(element) ?? []).filter(({ resource }) => stores.of(resource) !== store);
        const clients = others.length > 0 ? others : element === group ? [] : [undefined];
        for (const client of clients) {
          const resource = client?.resource ?? element;
          tell({
            actor: { construct: shown(resource), owner: ownerOf(resource) },
            store,
            actions: [],
            evidence: `${evidence}, which lets in ${shown(element).node.path}`,
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

/** The group that a VPC has by itself: all that are in it let each other in. */
function readDefaults(stores: GuardedStores, members: ReadonlyMap<CfnElement, readonly Surveyed[]>, tell: Tell): void {
  for (const [group, all] of members) {
    if (typeOf(group) === 'AWS::EC2::VPC') {
      for (const store of new Set(all.flatMap(({ resource }) => stores.of(resource) ?? []))) {
        for (const { resource, owner } of all.filter((each) => stores.of(each.resource) !== store)) {
          tell({
            actor: { construct: shown(resource), owner },
            store,
            actions: [],
            evidence: `the default security group of ${shown(group).node.path}, which both are in`,
            via: resource,
          });
        }
      }
    }
  }
}

/** Who is in which group. */
function membersOf(survey: Survey): Map<CfnElement, Surveyed[]> {
  const members = new Map<CfnElement, Surveyed[]>();
  for (const surveyed of survey.resources) {
    const groups = [...surveyed.mentions].filter(isGroup);
    if (groups.length === 0 || surveyed.type.startsWith('AWS::EC2::SecurityGroup') || INGRESS.test(surveyed.type)) {
      continue;
    }
    const found = new Set<CfnElement>();
    for (const { path, text } of leaves(surveyed.properties)) {
      if (GROUPS.test(path)) {
        survey.marks.targetsOf(text).forEach(({ element }) => found.add(element));
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

/** Groups, and the VPC, which has one by itself. */
function isGroup(element: CfnElement): boolean {
  const type = typeOf(element);
  return type === 'AWS::EC2::SecurityGroup' || type === 'AWS::EC2::VPC';
}

function typeOf(element: CfnElement): string | undefined {
  return CfnResource.isCfnResource(element) ? element.cfnResourceType : undefined;
}

function* rulesOf(survey: Survey): Generator<readonly [CfnElement, unknown, Surveyed]> {
  for (const surveyed of survey.resources) {
    if (surveyed.type === 'AWS::EC2::SecurityGroup') {
      for (const rule of list(at(surveyed.properties, 'SecurityGroupIngress'))) {
        yield [surveyed.resource, rule, surveyed];
      }
    } else if (INGRESS.test(surveyed.type)) {
      for (const { element } of texts(at(surveyed.properties, 'GroupId')).flatMap((id) => survey.marks.targetsOf(id))) {
        yield [element, surveyed.properties, surveyed];
      }
    }
  }
}
