import { type CfnElement, Stack, Token } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import { commonOf, isOffered, isService, ownerOf } from '../ownership';
import { ArnIndex } from './arn-index';
import { KINDS, type Kind, kindOfArn, LOWER } from './kinds';
import type { Lead } from './leads';
import { asPattern, isMarked, logicalIdOf } from './marks';
import { type Claim, stackName, type Survey, type Surveyed } from './survey';
import { shown } from './tree';
import { at, texts } from './values';

/** Something that only one service uses. */
export interface Guarded {
  readonly kind: Kind;
  /** What stands for it in messages: the construct, or who says that it exists. */
  readonly construct: IConstruct;
  readonly owner: IConstruct | undefined;
  /** Whether it was given its name, and CloudFormation does not make one up. */
  readonly hasName?: boolean;
  /** Patterns of its ARNs. */
  readonly arns: readonly string[];
  /** Its ARN, where it exists already. */
  readonly existing?: string;
  /** The databases shared on purpose that it is of: several where several say so of one that exists. */
  readonly commons: IConstruct[];
}

/** What is used instead of another resource: reaching the one is reaching the other. */
const STAND_INS: Readonly<Record<string, string>> = {
  'AWS::SecretsManager::SecretTargetAttachment': 'SecretId',
  'AWS::KMS::Alias': 'TargetKeyId',
  'AWS::Lambda::Alias': 'FunctionName',
  'AWS::Lambda::Version': 'FunctionName',
  'AWS::RDS::DBClusterEndpoint': 'DBClusterIdentifier',
  'AWS::RDS::DBInstance': 'DBClusterIdentifier',
  'AWS::RDS::DBProxyEndpoint': 'DBProxyName',
  'AWS::S3::AccessPoint': 'Bucket',
  'AWS::StepFunctions::StateMachineVersion': 'StateMachineArn',
  'AWS::StepFunctions::StateMachineAlias': 'StateMachineVersionArn',
  'AWS::EFS::MountTarget': 'FileSystemId',
  'AWS::EFS::AccessPoint': 'FileSystemId',
};

/** All that is guarded in a stage. */
export class GuardedStores {
  readonly all: Guarded[] = [];
  /** What more than one service claims. */
  readonly contested: { readonly claim: Claim; readonly other: Guarded; readonly arn: string }[] = [];
  private readonly byElement = new Map<CfnElement, Guarded>();
  private readonly byPrefix = new Map<string, Guarded[]>();
  private readonly positions = new Map<Guarded, number>();
  private byArn?: ArnIndex<Guarded>;
  /** What services say to be theirs, and what nobody does. */
  private readonly existing = new ArnIndex<Guarded>();
  private readonly literal = new ArnIndex<Guarded>();
  private readonly standIns = new Map<CfnElement, CfnElement>();
  private readonly meanings = new Map<CfnElement, Guarded | undefined>();
  private readonly matches = new Map<string, readonly Guarded[]>();

  constructor(private readonly survey: Survey) {
    for (const { resource, type, leads } of survey.resources) {
      const property = STAND_INS[type];
      const [target] = property === undefined ? [] : survey.marks.targetsOf(textBelow(leads, property));
      if (target !== undefined) {
        this.standIns.set(resource, target.element);
      }
    }
    const claimed = new Map<CfnElement, Claim[]>();
    for (const claim of survey.claims) {
      for (const arn of claim.arns) {
        this.claim(claim, arn, claimed);
      }
    }
    for (const surveyed of survey.resources) {
      const kind = KINDS[surveyed.type];
      if (kind !== undefined && !this.standIns.has(surveyed.resource) && !isGiven(surveyed.resource)) {
        this.add(guarded(surveyed, kind, claimed.get(surveyed.resource) ?? []), surveyed.resource);
      }
    }
  }

  /** What a mark stands for; nothing where that is offered to others, or of no matter. */
  of(element: CfnElement): Guarded | undefined {
    if (!this.meanings.has(element)) {
      const meant = this.meant(element);
      const store = meant === element ? this.byElement.get(element) : this.of(meant);
      this.meanings.set(element, isGiven(element) ? undefined : store);
    }
    return this.meanings.get(element);
  }

  private meant(element: CfnElement): CfnElement {
    const standIn = this.standIns.get(element);
    return standIn === undefined ? element : this.meant(standIn);
  }

  /** Whether something is only another name of what it stands for. */
  isStandIn(element: CfnElement): boolean {
    return this.standIns.has(element);
  }

  /** All whose actions have a prefix; of `*` all. */
  withPrefix(prefix: string): readonly Guarded[] {
    return prefix === '*' ? this.all : (this.byPrefix.get(prefix) ?? []);
  }

  /**
   * All that an ARN without marks may be of. One that names a single thing is not taken for what gets its id from AWS, as a
   * key does: it exists already, and most likely is another one.
   */
  matching(arn: string): readonly Guarded[] {
    const known = this.matches.get(arn);
    if (known !== undefined) {
      return known;
    }
    const pattern = asPattern(arn);
    const isOne = !/[*?]/.test(resourceOf(withoutParts(pattern)));
    const found = new Set<Guarded>();
    for (const [each, store] of this.arns().meeting(pattern)) {
      if (!(isOne && isAny(each))) {
        found.add(store);
      }
    }
    const ordered = [...found].sort((a, b) => this.positionOf(a) - this.positionOf(b));
    this.matches.set(arn, ordered);
    return ordered;
  }

  /** What exists somewhere, by an ARN or by a name in whichever account and region, and belongs to nobody here. */
  unclaimed(arn: string, construct: IConstruct): readonly Guarded[] {
    const pattern = asPattern(arn);
    const kind = kindOfArn(pattern);
    if (kind?.isData !== true) {
      return [];
    }
    const known = [...this.literal.meeting(pattern)].flatMap(([, each]) => (each.kind === kind ? [each] : []));
    if (known.length > 0) {
      return known;
    }
    const found: Guarded = { kind, construct, owner: undefined, arns: [pattern], existing: pattern, commons: [] };
    this.literal.add(pattern, found);
    return [found];
  }

  /** The ARNs of all: made where somebody writes one down. */
  private arns(): ArnIndex<Guarded> {
    if (this.byArn === undefined) {
      this.byArn = new ArnIndex();
      for (const store of this.all) {
        for (const arn of store.arns) {
          this.byArn.add(arn, store);
        }
      }
    }
    return this.byArn;
  }

  private positionOf(store: Guarded): number {
    return this.positions.get(store) ?? 0;
  }

  private claim(claim: Claim, arn: string, claimed: Map<CfnElement, Claim[]>): void {
    const targets = this.survey.marks.targetsOf(arn);
    const kind = kindOfArn(asPattern(arn));
    for (const element of targets.map((target) => this.meant(target.element))) {
      const claims = claimed.get(element) ?? [];
      const [first] = claims;
      const earlier = first === undefined ? ownerOf(element) : first.owner;
      if ((first === undefined && earlier === undefined) || earlier === claim.owner) {
        claimed.set(element, [...claims, claim]);
      } else {
        const type = this.survey.resources.find(({ resource }) => resource === element)?.type ?? '';
        const construct = shown(element);
        this.contest(
          claim,
          { kind: KINDS[type] ?? UNKNOWN_KIND, construct, owner: earlier, arns: [], commons: [] },
          arn,
        );
      }
    }
    if (
      targets.length === 0 &&
      kind !== undefined &&
      !isMarked(arn.replace(/\uE000(Partition|Region|AccountId)\uE001/g, ''))
    ) {
      const pattern = asPattern(arn);
      const [earlier] = [...this.existing.meeting(pattern)]
        .flatMap(([, each]) => (each.kind === kind ? [each] : []))
        .sort((a, b) => this.positionOf(a) - this.positionOf(b));
      if (earlier === undefined) {
        const { by: construct, owner } = claim;
        const arns = [pattern, ...(pattern.includes(':table/') ? [`${pattern}/*`] : [])];
        const store = { kind, construct, owner, arns, existing: pattern, commons: commonsOf([construct]) };
        this.add(store);
        this.existing.add(pattern, store);
      } else if (earlier.owner !== claim.owner) {
        this.contest(claim, earlier, pattern);
      } else {
        earlier.commons.push(...commonsOf([claim.by]));
      }
    }
  }

  private contest(claim: Claim, other: Guarded, arn: string): void {
    this.contested.push({ claim, other, arn });
  }

  private add(store: Guarded, element?: CfnElement): void {
    this.positions.set(store, this.all.length);
    this.all.push(store);
    for (const prefix of store.kind.prefixes) {
      const same = this.byPrefix.get(prefix);
      if (same === undefined) {
        this.byPrefix.set(prefix, [store]);
      } else {
        same.push(store);
      }
    }
    if (element !== undefined) {
      this.byElement.set(element, store);
    }
  }
}

/** Where a property leads, however deep it stands. */
function textBelow(leads: readonly Lead[], name: string): string {
  const ending = new RegExp(`(^|\\.)${name}$`, 'i');
  for (const { path, text } of leads) {
    if (ending.test(path)) {
      return text;
    }
  }
  return '';
}

const UNKNOWN_KIND: Kind = { what: 'store', prefixes: [], harmless: [], arns: [] };

function guarded({ resource, properties, owner }: Surveyed, kind: Kind, claims: readonly Claim[]): Guarded {
  const name = kind.name === undefined ? undefined : at(properties, kind.name);
  const given = texts(name);
  // What a condition may take out is made up then.
  const names = given.length === 0 || Array.isArray(name) ? [...given, undefined] : given;
  let arns: readonly string[] | undefined;
  return {
    kind,
    construct: shown(resource),
    owner: claims[0]?.owner ?? owner,
    commons: commonsOf([resource, ...claims.map(({ by }) => by)]),
    hasName: given.length > 0,
    // Asked for only where somebody writes down an ARN.
    get arns() {
      arns ??= names.flatMap((each) => arnsOf(resource, kind, each));
      return arns;
    },
  };
}

function arnsOf(resource: CfnElement, kind: Kind, given: string | undefined): string[] {
  const stack = Stack.of(resource);
  const generated = (kind.generated ?? '{stack}-{id}-*').replace('{stack}', stackName(stack));
  const name = given === undefined ? generated.replace('{id}', logicalIdOf(resource)) : asPattern(given);
  return kind.arns.map((arn) => {
    const own = arn
      .replace('{env}', environmentOf(stack))
      .replace('{name}', LOWER.test(arn) ? name.toLowerCase() : name);
    return `arn:*:${own}`;
  });
}

/** Region and account, as they stand in an ARN. */
export function environmentOf({ region, account }: Stack): string {
  return [region, account].map((part) => (Token.isUnresolved(part) ? '*' : part)).join(':');
}

/** An ARN without what stands for all parts of it. */
export function withoutParts(arn: string): string {
  return arn.replace(/(\/index)?[/:]\*$/, '');
}

/** What an ARN says behind region and account. */
export function resourceOf(arn: string): string {
  return arn.split(':').slice(5).join(':');
}

/** Whether a pattern is good for all of a kind, since nothing of an id is known. */
function isAny(pattern: string): boolean {
  return /^(\/?[a-z-]+[/:])?\*([/:]\*)?$/i.test(resourceOf(pattern));
}

function commonsOf(constructs: readonly IConstruct[]): IConstruct[] {
  return [...new Set(constructs.flatMap((construct) => commonOf(construct) ?? []))];
}

/** Whether something is offered to others: itself, or what it stands below as far as its service. */
function isGiven(element: IConstruct): boolean {
  let scope: IConstruct | undefined = element;
  while (scope !== undefined && !isService(scope)) {
    if (isOffered(scope)) {
      return true;
    }
    scope = scope.node.scope;
  }
  return false;
}
