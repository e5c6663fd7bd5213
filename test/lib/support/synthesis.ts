import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { App, CfnElement, type Duration, type Environment, Stack, Stage } from 'aws-cdk-lib/core';
import type { Construct, IConstruct } from 'constructs';
import { onTestFinished } from 'vitest';

/** A stack in an app of its own. */
export function newStack(env?: Environment): Stack {
  const outdir = temporaryFolder();
  return new Stack(new App({ outdir }), 'Shop', { env });
}

/** A folder that goes with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dbpatterns-synth-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A user's function. */
export function newHandler(scope: Construct, id = 'Handler', timeout?: Duration): lambda.Function {
  return new lambda.Function(scope, id, {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = async () => ({});'),
    timeout,
  });
}

/** What a stack becomes, with questions that the tests ask of it. */
export class Synthesised {
  readonly template: Template;

  constructor(private readonly stack: Stack) {
    this.template = Template.fromStack(stack);
  }

  /** The name in the template of what a construct makes. */
  idOf(construct: IConstruct): string {
    const resource = construct.node.defaultChild;
    if (!(resource instanceof CfnElement)) throw new Error(`${construct.node.path} makes no resource`);
    return this.stack.getLogicalId(resource);
  }

  /** The properties of what a construct makes. */
  propertiesOf(construct: IConstruct): Record<string, unknown> {
    return this.resource(this.idOf(construct)).Properties ?? {};
  }

  /** What must stand before it. */
  dependenciesOf(construct: IConstruct): string[] {
    return this.resource(this.idOf(construct)).DependsOn ?? [];
  }

  /** A resource by its name in the template. */
  resource(id: string): Resource {
    const resources = this.template.toJSON().Resources as Record<string, Resource>;
    const resource = resources[id];
    if (resource === undefined) throw new Error(`no ${id} in the template`);
    return resource;
  }

  /** The only resource of a type, with its name. */
  only(type: string): { id: string } & Resource {
    const found = Object.entries(this.template.findResources(type));
    const [first] = found;
    if (first === undefined || found.length > 1) throw new Error(`${found.length} resources of type ${type}`);
    return { id: first[0], ...(first[1] as Resource) };
  }

  /** A variable of a function, parsed; references stand in it as `<Name>` or `<Name.Attribute>`. */
  variable(handler: IConstruct, name: string): unknown {
    const { Environment } = this.propertiesOf(handler) as { Environment?: { Variables: Record<string, unknown> } };
    const value = Environment?.Variables[name];
    return value === undefined ? undefined : JSON.parse(rendered(value));
  }

  /** What a function may do: one line per action and resource. */
  allowed(handler: IConstruct): string[] {
    const { Role } = this.propertiesOf(handler) as { Role: unknown };
    const role = rendered(Role).replace(/^<(.*)\.Arn>$/, '$1');
    const policies = Object.values(this.template.findResources('AWS::IAM::Policy')) as { Properties: Policy }[];
    return policies
      .filter(({ Properties }) => Properties.Roles.some((each) => rendered(each) === `<${role}>`))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
      .flatMap(({ Action, Resource }) => list(Action).flatMap((a) => list(Resource).map((r) => `${a} ${rendered(r)}`)))
      .sort();
  }

  /** How many resources there are of each type. */
  types(): string[] {
    const resources = Object.values(this.template.toJSON().Resources as Record<string, Resource>);
    return [...new Set(resources.map(({ Type }) => Type))].sort();
  }

  /** Warnings, as users see them. */
  warnings(): string[] {
    return Annotations.fromStack(this.stack)
      .findWarning('*', Match.anyValue())
      .map(({ id, entry }) => `${id}: ${rendered(entry.data)}`);
  }
}

/** All that the synthesis of a stack's app complains of; nothing where it succeeds. */
export function findingsOf(stack: Stack): string {
  try {
    Stage.of(stack)?.synth();
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
  readonly DependsOn?: string[];
  readonly DeletionPolicy?: string;
  readonly Metadata?: Record<string, unknown>;
}

interface Policy {
  readonly Roles: unknown[];
  readonly PolicyDocument: { readonly Statement: { readonly Action: string | string[]; readonly Resource: unknown }[] };
}

/** A value of a template as one text. */
export function rendered(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null) {
    if ('Ref' in value) return `<${String(value.Ref)}>`;
    if ('Fn::GetAtt' in value) return `<${list(value['Fn::GetAtt']).join('.')}>`;
    if ('Fn::Join' in value) {
      const [separator, parts] = value['Fn::Join'] as [string, unknown[]];
      return parts.map(rendered).join(separator);
    }
  }
  return JSON.stringify(value);
}

function list<T>(value: T | T[]): T[] {
  return Array.isArray(value) ? value : [value];
}
