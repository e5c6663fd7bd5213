import type { CfnElement } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import type { Tell } from './deeds';
import type { Guarded, GuardedStores } from './guarded';
import { touches } from './kinds';
import { asPattern, UNKNOWN } from './marks';
import type { Principals } from './principals';
import { isSingleton } from './singletons';
import type { Survey, Surveyed } from './survey';
import { shown } from './tree';
import { allows, at, list, parsed, texts } from './values';

/** Where the policies of resources stand: the property that names what they are of, and the one with the statements. */
const CARRIERS: Readonly<Record<string, { readonly of?: string; readonly policy: readonly string[] }>> = {
  'AWS::S3::BucketPolicy': { of: 'Bucket', policy: ['PolicyDocument'] },
  'AWS::S3::AccessPoint': { of: 'Bucket', policy: ['Policy'] },
  'AWS::SQS::QueuePolicy': { of: 'Queues', policy: ['PolicyDocument'] },
  'AWS::SQS::QueueInlinePolicy': { of: 'Queue', policy: ['PolicyDocument'] },
  'AWS::SecretsManager::ResourcePolicy': { of: 'SecretId', policy: ['ResourcePolicy'] },
  'AWS::Kinesis::ResourcePolicy': { of: 'ResourceArn', policy: ['ResourcePolicy'] },
  'AWS::KMS::Key': { policy: ['KeyPolicy'] },
  'AWS::DynamoDB::Table': { policy: ['ResourcePolicy', 'PolicyDocument'] },
  'AWS::OpenSearchService::Domain': { policy: ['AccessPolicies'] },
  'AWS::EFS::FileSystem': { policy: ['FileSystemPolicy'] },
};

/** Set by `Domain.addAccessPolicies` of aws-cdk-lib/aws-opensearchservice. */
const DOMAIN_POLICY = 'Custom::OpenSearchAccessPolicy';

/** Whether a principal is more than one: all of an account, or of the world. */
export function isEverybody(arn: string): boolean {
  return /^(\*|arn:[^:]*:iam::[^:]*:root|\d{12})$/.test(arn);
}

/** The policy of a store. */
export interface ResourcePolicy {
  readonly store: Guarded;
  /** What carries it. */
  readonly policy: IConstruct;
  readonly statements: readonly unknown[];
}

/** Whom stores let in by their own policies. */
export function readResourcePolicies(policies: readonly ResourcePolicy[], principals: Principals, tell: Tell): void {
  for (const { store, policy, statements } of policies) {
    for (const statement of statements) {
      if (allows(statement)) {
        readStatement(statement, { store, policy, principals, tell });
      }
    }
  }
}

interface Context {
  readonly store: Guarded;
  readonly policy: IConstruct;
  readonly principals: Principals;
  readonly tell: Tell;
}

function readStatement(statement: unknown, { store, policy, principals, tell }: Context): void {
  const actions = (texts(at(statement, 'NotAction')).length > 0 ? ['*'] : texts(at(statement, 'Action')))
    .map(asPattern)
    .filter((action) => {
      const [prefix = '', verb = '*'] = action.toLowerCase().split(':');
      return (prefix === '*' || store.kind.prefixes.includes(prefix)) && touches(store.kind, verb);
    });
  if (actions.length === 0) {
    return;
  }
  const given = at(statement, 'Principal');
  const named = given === '*' || at(statement, 'NotPrincipal') !== undefined ? ['*'] : texts(at(given, 'AWS'));
  const evidence = `its own policy, ${policy.node.path}`;
  for (const name of named) {
    const actors = principals.actorsNamed(name, store.owner);
    for (const actor of actors.filter(({ construct }) => !isSingleton(construct))) {
      tell({
        actor,
        store,
        actions,
        evidence,
        via: policy,
        ...(actor.arn === undefined ? {} : { arn: actor.arn }),
      });
    }
    const arn = asPattern(name);
    // The account's root in the policy of a key leaves it to the policies of roles, which are read elsewhere.
    const isLeftToRoles = store.kind.what === 'key' && isEverybody(arn) && arn !== '*';
    if (actors.length === 0 && name !== UNKNOWN && !isLeftToRoles) {
      tell({
        actor: { construct: policy, owner: undefined },
        store,
        actions,
        evidence,
        via: policy,
        arn: name,
      });
    }
  }
}

/** The policies of all stores. */
export function* policiesOf(survey: Survey, stores: GuardedStores): Generator<ResourcePolicy> {
  for (const surveyed of survey.resources) {
    for (const [store, statements] of policiesIn(surveyed, survey, stores)) {
      yield { store, policy: shown(surveyed.resource), statements };
    }
  }
}

/** What a resource says of who may use stores. */
function* policiesIn(
  { resource, type, properties }: Surveyed,
  survey: Survey,
  stores: GuardedStores,
): Generator<readonly [Guarded, readonly unknown[]]> {
  const carrier = CARRIERS[type];
  if (carrier !== undefined) {
    const statements = list(at(properties, ...carrier.policy, 'Statement'));
    const elements: CfnElement[] =
      carrier.of === undefined
        ? [resource]
        : texts(at(properties, carrier.of)).flatMap((text) =>
            survey.marks.targetsOf(text).map(({ element }) => element),
          );
    for (const store of elements.flatMap((element) => stores.of(element) ?? [])) {
      yield [store, statements];
    }
  }
  if (type === 'AWS::Lambda::Permission') {
    const targets = survey.marks.targetsOf(String(at(properties, 'FunctionName')));
    const name = at(properties, 'Principal');
    // A URL that is open to everybody is a way in that the service itself offers, as a public API is.
    const isUrl = name === '*' && (at(properties, 'FunctionUrlAuthType') ?? at(properties, 'InvokedViaFunctionUrl'));
    for (const store of isUrl ? [] : targets.flatMap(({ element }) => stores.of(element) ?? [])) {
      yield [store, [{ Effect: 'Allow', Action: at(properties, 'Action'), Principal: { AWS: name } }]];
    }
  }
  if (type === DOMAIN_POLICY) {
    // The L2 of a domain has a custom resource call for it: JSON within JSON.
    const call = at(parsed(at(properties, 'Update')), 'parameters');
    const statements = list(at(parsed(at(call, 'AccessPolicies')), 'Statement'));
    const domains = texts(at(call, 'DomainName')).flatMap((name) => survey.marks.targetsOf(name));
    for (const store of domains.flatMap(({ element }) => stores.of(element) ?? [])) {
      yield [store, statements];
    }
  }
  const own = stores.of(resource);
  if (own === undefined) {
    return;
  }
  if (type === 'AWS::DynamoDB::GlobalTable') {
    for (const replica of list(at(properties, 'Replicas'))) {
      yield [own, list(at(replica, 'ResourcePolicy', 'PolicyDocument', 'Statement'))];
      yield [own, list(at(replica, 'ReplicaStreamSpecification', 'ResourcePolicy', 'PolicyDocument', 'Statement'))];
    }
  }
  if (type === 'AWS::DynamoDB::Table') {
    yield [own, list(at(properties, 'StreamSpecification', 'ResourcePolicy', 'PolicyDocument', 'Statement'))];
  }
}
