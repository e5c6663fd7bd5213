import { Template as Assertions } from 'aws-cdk-lib/assertions';
import { CfnResource, type Stack } from 'aws-cdk-lib/core';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';

/** One resource, its properties resolved. */
export interface Resource {
  readonly id: string;
  readonly type: string;
  /** Its construct, below the stack: `Catalog/Products/Aurora/Cluster`. */
  readonly path: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** What becomes of it when it leaves the stack. */
  readonly removal?: string;
}

interface Raw {
  readonly Resources: Record<string, { Type: string; Properties?: Record<string, unknown>; DeletionPolicy?: string }>;
  readonly Parameters?: Record<string, { Default?: unknown }>;
}

const PSEUDO: Record<string, string> = {
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::AccountId': ACCOUNT,
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': 'stack',
};

const regional = (service: string, rest: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;

/** How an ARN of each type is made of a resource's name. */
const ARNS: Record<string, (name: string) => string> = {
  'AWS::DynamoDB::GlobalTable': (name) => regional('dynamodb', `table/${name}`),
  'AWS::DynamoDB::Table': (name) => regional('dynamodb', `table/${name}`),
  'AWS::Events::Archive': (name) => regional('events', `archive/${name}`),
  'AWS::Events::EventBus': (name) => regional('events', `event-bus/${name}`),
  'AWS::Events::Rule': (name) => regional('events', `rule/${name}`),
  'AWS::IAM::Role': (name) => `arn:aws:iam::${ACCOUNT}:role/${name}`,
  'AWS::KMS::Key': (name) => regional('kms', `key/${name}`),
  'AWS::Lambda::Function': (name) => regional('lambda', `function:${name}`),
  'AWS::Logs::LogGroup': (name) => regional('logs', `log-group:${name}:*`),
  'AWS::RDS::DBCluster': (name) => regional('rds', `cluster:${name}`),
  'AWS::SQS::Queue': (name) => regional('sqs', name),
  'AWS::SecretsManager::Secret': (name) => regional('secretsmanager', `secret:${name}-AbCdEf`),
  'AWS::StepFunctions::StateMachine': (name) => regional('states', `stateMachine:${name}`),
};

/** Types whose `Ref` is their ARN. */
const REF_IS_ARN = ['AWS::SecretsManager::Secret', 'AWS::StepFunctions::StateMachine'];

/** The property that gives a resource a name of its own. */
const NAMES: Record<string, string> = {
  'AWS::DynamoDB::GlobalTable': 'TableName',
  'AWS::Events::EventBus': 'Name',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::SQS::Queue': 'QueueName',
};

/** Attributes that are the ARN of the resource. */
const ARN_ATTRIBUTES = ['Arn', 'DBClusterArn', 'StateMachineArn'];

/** A synthesised stack with the names that an account might have given: its policies can be evaluated as IAM would. */
export class Template {
  readonly resources: readonly Resource[];
  private readonly raw: Raw;

  constructor(stack: Stack) {
    this.raw = Assertions.fromStack(stack).toJSON() as Raw;
    const paths = new Map(
      stack.node
        .findAll()
        .filter((construct) => CfnResource.isCfnResource(construct))
        .map((resource) => [stack.getLogicalId(resource), pathBelow(stack, resource)]),
    );
    this.resources = Object.entries(this.raw.Resources).map(([id, { Type, Properties, DeletionPolicy }]) => ({
      id,
      type: Type,
      path: paths.get(id) ?? id,
      properties: this.resolve(Properties ?? {}) as Record<string, unknown>,
      removal: DeletionPolicy,
    }));
  }

  ofType(...types: readonly string[]): Resource[] {
    return this.resources.filter(({ type }) => types.includes(type));
  }

  /** The ARN of a resource. */
  arnOf({ id, type }: Pick<Resource, 'id' | 'type'>): string {
    const arn = ARNS[type];
    if (arn === undefined) throw new Error(`nobody has said how an ARN of ${type} looks (${id})`);
    return arn(this.nameOf({ id, type }));
  }

  hasArn({ type }: Pick<Resource, 'type'>): boolean {
    return type in ARNS;
  }

  private nameOf({ id, type }: Pick<Resource, 'id' | 'type'>): string {
    const given = this.raw.Resources[id]?.Properties?.[NAMES[type] ?? ''];
    return given === undefined ? id : String(this.resolve(given));
  }

  /** A value of the template as the account would know it. */
  private resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((each) => this.resolve(each));
    if (typeof value !== 'object' || value === null) return value;
    const [entry, ...others] = Object.entries(value);
    if (entry !== undefined && others.length === 0) {
      const [name, argument] = entry;
      if (name === 'Ref') return this.ref(String(argument));
      if (name === 'Fn::GetAtt') return this.attribute(...this.target(argument));
      if (name === 'Fn::Join') {
        const [separator, parts] = argument as [string, unknown];
        return (this.resolve(parts) as unknown[]).map(String).join(separator);
      }
      if (name === 'Fn::Select') {
        const [index, list] = argument as [number | string, unknown];
        return (this.resolve(list) as unknown[])[Number(index)];
      }
      if (name === 'Fn::Split') {
        const [separator, text] = argument as [string, unknown];
        return String(this.resolve(text)).split(separator);
      }
      if (name === 'Fn::Sub' && typeof argument === 'string') {
        return argument.replace(/\$\{([^}]+)\}/g, (_, of: string) => String(this.ref(of)));
      }
      if (name === 'Fn::GetAZs') return [`${REGION}a`, `${REGION}b`];
      if (name.startsWith('Fn::')) throw new Error(`nobody has said how ${name} is resolved`);
    }
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, this.resolve(each)]));
  }

  private target(argument: unknown): [id: string, attribute: string] {
    const [id = '', ...attribute] = Array.isArray(argument) ? argument.map(String) : String(argument).split('.');
    return [id, attribute.join('.')];
  }

  private ref(id: string): unknown {
    const pseudo = PSEUDO[id];
    if (pseudo !== undefined) return pseudo;
    const parameter = this.raw.Parameters?.[id];
    // What is looked up at deploy is something of another app.
    if (parameter !== undefined) return `parameter:${String(parameter.Default ?? id)}`;
    const { Type: type = 'none' } = this.raw.Resources[id] ?? {};
    if (type === 'AWS::SQS::Queue') return `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${id}`;
    if (type === 'AWS::Lambda::Alias' || type === 'AWS::Lambda::Version') return this.qualified(id);
    return REF_IS_ARN.includes(type) ? this.arnOf({ id, type }) : this.nameOf({ id, type });
  }

  private attribute(id: string, attribute: string): unknown {
    const { Type: type = 'none' } = this.raw.Resources[id] ?? {};
    if (ARN_ATTRIBUTES.includes(attribute)) return this.arnOf({ id, type });
    if (attribute === 'StreamArn') return `${this.arnOf({ id, type })}/stream/2026-01-01T00:00:00.000`;
    if (attribute === 'MasterUserSecret.SecretArn') {
      return this.arnOf({ id: `rds!${id}`, type: 'AWS::SecretsManager::Secret' });
    }
    if (attribute === 'Version') return '1';
    if (attribute.endsWith('Arn')) throw new Error(`nobody has said what ${type} has as its ${attribute}`);
    return attribute.endsWith('Name') || attribute === 'Name' ? this.nameOf({ id, type }) : `${id}.${attribute}`;
  }

  private qualified(id: string): string {
    const { FunctionName, Name } = this.raw.Resources[id]?.Properties ?? {};
    const target = String(this.resolve(FunctionName)).replace(/^arn:.*:/, '');
    return `${this.arnOf({ id: target, type: 'AWS::Lambda::Function' })}:${String(Name ?? 1)}`;
  }
}

function pathBelow(stack: Stack, resource: CfnResource): string {
  return resource.node.path.slice(stack.node.path.length + 1).replace(/\/(Resource|Default)$/, '');
}
