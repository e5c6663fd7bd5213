import { LazyRole } from 'aws-cdk-lib/aws-iam';
import {
  CfnElement,
  CfnMapping,
  CfnOutput,
  CfnParameter,
  CfnResource,
  type IResolvable,
  Reference,
  Resource,
  Stack,
  Stage,
  Token,
  Tokenization,
} from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import { isService, ownerOf } from '../ownership';
import { Admissions } from './admissions';
import { claimOf } from './existing';
import { isInert, isSkipped } from './inert';
import { flatten } from './intrinsics';
import { type Lead, leadsIn } from './leads';
import { isMarked, logicalIdOf, Marks, type Passed, UNKNOWN } from './marks';
import { read } from './reading';
import { at, isObject } from './values';

/** Types of parameters of which the value is a list. */
const LIST = /List/;

/** Providers of context whose values lead to no store and let nobody in. */
const HARMLESS = /^(vpc-provider|availability-zones|hosted-zone|ami|endpoint-service-availability-zones)$/;

/** A resource as it will be deployed. */
export interface Surveyed {
  readonly resource: CfnResource;
  readonly type: string;
  /** Its properties, references being marks; names as the L1 or the template has them. */
  readonly properties: unknown;
  /** Where they lead. */
  readonly leads: readonly Lead[];
  /** What it refers to. */
  readonly mentions: ReadonlySet<CfnElement>;
  /** The service that it belongs to. */
  readonly owner: IConstruct | undefined;
}

/** Something that exists already, and who says so. */
export interface Claim {
  readonly by: IConstruct;
  readonly owner: IConstruct | undefined;
  /** Its ARNs, references being marks. */
  readonly arns: readonly string[];
}

/** All resources of a stage, each read once; what is below a stage of its own is not of it. */
export class Survey {
  readonly marks = new Marks((token, scope) => this.passedOn(token, scope));
  readonly resources: Surveyed[] = [];
  readonly claims: Claim[] = [];
  readonly services: IConstruct[] = [];
  readonly admissions = new Admissions();
  private readonly elements = new Map<Stack, CfnElement[]>();
  private readonly ids = new Map<Stack, Map<string, CfnElement>>();
  private readonly outputs: CfnOutput[] = [];
  private readonly imports: IConstruct[] = [];
  private exports?: Map<string, CfnOutput>;
  /** What nested stacks are given, by their parameters. */
  private readonly nested = new Map<Stack, unknown>();
  /** Parameters of Systems Manager. */
  private byName?: Map<unknown, CfnElement>;

  constructor(root: IConstruct) {
    const found: CfnResource[] = [];
    const claiming: IConstruct[] = [];
    root.node.scopes.forEach((scope) => this.admissions.collect(scope));
    this.walk(root, found, claiming);
    // What texts refer to is known when all is.
    for (const by of claiming) {
      this.claims.push({ by, owner: ownerOf(by), arns: claimOf(by).map((arn) => this.textAt(by, arn)) });
    }
    this.admissions.render((scope, text) => this.textAt(scope, text));
    for (const resource of found) {
      if (!isInert(resource)) {
        this.read(resource);
      }
    }
    // What is resolved later on, for a message, is no mention of the last resource.
    this.marks.mentions = new Set();
  }

  /** Whether values that matter here are still to be looked up, so that others stand for them. */
  isProvisional(): boolean {
    return [...this.elements.keys()].some((stack) => {
      const missing: unknown = Reflect.get(stack, '_missingContext');
      return Array.isArray(missing) && missing.some((each) => !HARMLESS.test(String(at(each, 'provider'))));
    });
  }

  /** What a property's value is, by hand-written references to a logical id. */
  attribute(stack: Stack, id: string, attribute: string): unknown {
    const element = this.idsOf(stack).get(id);
    if (element === undefined) {
      return UNKNOWN;
    }
    if (element instanceof CfnParameter) {
      return this.parameter(stack, id, element);
    }
    const passed = this.passedBy(element, attribute);
    return passed === undefined ? this.marks.mark(element, attribute) : this.valueAt(passed.by, passed.value);
  }

  passedOn(token: IResolvable, scope: IConstruct): Passed | undefined {
    const target = Reference.isReference(token) ? token.target : undefined;
    if (!Reference.isReference(token) || !CfnElement.isCfnElement(target)) {
      return undefined;
    }
    if (target instanceof CfnParameter) {
      // In its own stack it stays a reference: the properties' validators let it pass where a number or a list is due.
      return target.stack === Stack.of(scope)
        ? undefined
        : { by: target, value: this.parameter(target.stack, logicalIdOf(target), target) };
    }
    return this.passedBy(target, token.displayName);
  }

  output(stackName: string, name: string): unknown {
    const stack = [...this.elements.keys()].find(
      (each) => each.nestedStackParent === undefined && each.stackName === stackName,
    );
    const output = stack === undefined ? undefined : this.idsOf(stack).get(name);
    return output instanceof CfnOutput ? this.valueAt(output, output.value) : UNKNOWN;
  }

  mapped(stack: Stack, map: string, top: string, second: string): unknown[] {
    const mapping = this.idsOf(stack).get(map);
    return mapping instanceof CfnMapping
      ? valuesOf(Reflect.get(mapping, 'mapping'), top).flatMap((values) => valuesOf(values, second))
      : [];
  }

  /** What was exported under a name. */
  exported(name: string): unknown {
    this.exports ??= new Map(
      this.outputs.flatMap((output): [string, CfnOutput][] =>
        output.exportName === undefined ? [] : [[this.textAt(output, output.exportName), output]],
      ),
    );
    const output = this.exports.get(name);
    return output === undefined ? UNKNOWN : this.valueAt(output, output.value);
  }

  /** What stands for roles that exist already, with their ARNs. */
  importedRoles(): [IConstruct, string][] {
    return this.imports.map((role) => [role, this.textAt(role, Reflect.get(role, 'roleArn'))]);
  }

  /** A resource with its properties named as in the template, for messages. */
  asInTemplate(resource: CfnResource): unknown {
    try {
      return this.flattened(this.ofTemplate(resource), resource);
    } catch {
      return this.unrendered(resource);
    }
  }

  private passedBy(element: CfnElement, attribute: string): Passed | undefined {
    if (attribute === 'Value' && isStored(element)) {
      return { by: element, value: Reflect.get(element, 'value') };
    }
    const nested = attribute.startsWith('Outputs.')
      ? [...this.elements.keys()].find((each) => each.nestedStackResource === element)
      : undefined;
    const output = nested === undefined ? undefined : this.idsOf(nested).get(attribute.slice('Outputs.'.length));
    return output instanceof CfnOutput ? { by: output, value: output.value } : undefined;
  }

  private walk(construct: IConstruct, found: CfnResource[], claiming: IConstruct[]): void {
    if (CfnElement.isCfnElement(construct)) {
      const ofStack = this.elements.get(construct.stack);
      if (ofStack === undefined) {
        this.elements.set(construct.stack, [construct]);
      } else {
        ofStack.push(construct);
      }
      if (CfnResource.isCfnResource(construct)) {
        found.push(construct);
      } else if (construct instanceof CfnOutput) {
        this.outputs.push(construct);
      }
    }
    if (isService(construct)) {
      this.services.push(construct);
    } else if ('roleArn' in construct && isImportedRole(construct)) {
      this.imports.push(construct);
    }
    if (claimOf(construct).length > 0) {
      claiming.push(construct);
    }
    this.admissions.collect(construct);
    for (const child of construct.node.children) {
      if (!Stage.isStage(child)) {
        this.walk(child, found, claiming);
      }
    }
  }

  private read(resource: CfnResource): void {
    this.marks.mentions = new Set();
    const properties = this.rendered(resource);
    this.resources.push({
      resource,
      type: resource.cfnResourceType,
      properties,
      leads: leadsIn(properties),
      mentions: this.marks.mentions,
      owner: ownerOf(resource),
    });
  }

  private rendered(resource: CfnResource): unknown {
    try {
      return this.ofConstruct(resource) ?? this.asInTemplate(resource);
    } catch {
      return this.asInTemplate(resource);
    }
  }

  /** By what an L1 and its overrides say: a property's validator may refuse what stands for its value here. */
  private unrendered(resource: CfnResource): unknown {
    const properties: unknown = Reflect.get(resource, 'cfnProperties');
    const overrides = at(Reflect.get(resource, 'rawOverrides'), 'Properties');
    try {
      return read({ ...object(properties), ...object(overrides) }, resource, this);
    } catch {
      // The CDK reports it itself.
      return {};
    }
  }

  /** By what an L1 holds: half the time of rendering its template, whose names and checks are of no use here. */
  private ofConstruct(resource: CfnResource): unknown {
    const overrides: unknown = Reflect.get(resource, 'rawOverrides');
    const properties: unknown = Reflect.get(resource, 'cfnProperties');
    if (!isObject(overrides) || Object.keys(overrides).length > 0 || !isObject(properties)) {
      return undefined;
    }
    const kept: Record<string, unknown> = {};
    for (const name of Object.keys(properties)) {
      const value = properties[name];
      if (value !== undefined && !isSkipped(resource, name, value)) {
        kept[name] = value;
      }
    }
    return read(kept, resource, this);
  }

  private ofTemplate(resource: CfnResource): unknown {
    const fragment = this.resolve(resource, resource._toCloudFormation());
    const [only] = isObject(fragment) && isObject(fragment.Resources) ? Object.values(fragment.Resources) : [];
    return isObject(only) ? (only.Properties ?? {}) : {};
  }

  private parameter(stack: Stack, id: string, parameter: CfnParameter): unknown {
    const value = this.given(stack, id) ?? this.preset(parameter);
    // As it is in a template: words between commas.
    return typeof value === 'string' && LIST.test(parameter.type) ? value.split(/\s*,\s*/) : value;
  }

  private preset({ default: value, type, node }: CfnParameter): unknown {
    if (type.startsWith('AWS::SSM::Parameter::Value')) {
      return typeof value === 'string' ? this.stored(value) : UNKNOWN;
    }
    return value === undefined || node.scope === undefined ? UNKNOWN : this.valueAt(node.scope, value);
  }

  /** What a nested stack is given for a parameter. */
  private given(stack: Stack, id: string): unknown {
    const nested = stack.nestedStackResource;
    if (nested === undefined) {
      return undefined;
    }
    let values = this.nested.get(stack);
    if (values === undefined) {
      // What another parameter refers to is no mention of who refers to this one.
      const { mentions } = this.marks;
      this.marks.mentions = new Set();
      values = read(Reflect.get(nested, 'parameters'), nested, this);
      this.marks.mentions = mentions;
      this.nested.set(stack, values);
    }
    const value = isObject(values) ? values[id] : undefined;
    for (const { text } of leadsIn(value)) {
      this.marks.targetsOf(text).forEach(({ element }) => this.marks.mentions.add(element));
    }
    return value;
  }

  stored(name: string): unknown {
    const [target] = this.marks.targetsOf(name);
    const parameter = target === undefined ? this.parametersByName().get(name) : target.element;
    return parameter !== undefined && isStored(parameter)
      ? this.valueAt(parameter, Reflect.get(parameter, 'value'))
      : UNKNOWN;
  }

  private parametersByName(): Map<unknown, CfnElement> {
    this.byName ??= new Map(
      [...this.elements.values()]
        .flat()
        .filter(isStored)
        .map((parameter): [unknown, CfnElement] => [Reflect.get(parameter, 'name'), parameter])
        // The first one, should two have a name.
        .reverse(),
    );
    return this.byName;
  }

  private valueAt(scope: IConstruct, value: unknown): unknown {
    return read(value, scope, this) ?? UNKNOWN;
  }

  private textAt(scope: IConstruct, value: unknown): string {
    const flat = this.valueAt(scope, value);
    return typeof flat === 'string' ? flat : UNKNOWN;
  }

  private resolve(scope: IConstruct, value: unknown): unknown {
    return Tokenization.resolve(value, { scope, resolver: this.marks, preparing: false });
  }

  private flattened(value: unknown, scope: IConstruct): unknown {
    return flatten(value, Stack.of(scope), this);
  }

  /** Made where a reference was written by hand. */
  private idsOf(stack: Stack): Map<string, CfnElement> {
    const known = this.ids.get(stack);
    if (known !== undefined) {
      return known;
    }
    const ids = new Map((this.elements.get(stack) ?? []).map((element) => [logicalIdOf(element), element]));
    this.ids.set(stack, ids);
    return ids;
  }
}

function object(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}

function isStored(element: CfnElement): boolean {
  return CfnResource.isCfnResource(element) && element.cfnResourceType === 'AWS::SSM::Parameter';
}

/** The member with a name, or all where that is known at the deployment only. */
function valuesOf(value: unknown, name: string): unknown[] {
  return isObject(value)
    ? Object.entries(value).flatMap(([key, each]) => (isMarked(name) || key === name ? [each] : []))
    : [];
}

/** The name of a stack, where it is known before the deployment. */
export function stackName(stack: Stack): string {
  const name = stack.nestedStackParent === undefined ? stack.stackName : outermost(stack).stackName;
  return Token.isUnresolved(name) ? '*' : name;
}

/** A role of the CDK that makes none; one that is made when it is asked for must not be asked. */
function isImportedRole(construct: IConstruct): boolean {
  return (
    Resource.isResource(construct) && !(construct instanceof LazyRole) && construct.node.defaultChild === undefined
  );
}

function outermost(stack: Stack): Stack {
  return stack.nestedStackParent === undefined ? stack : outermost(stack.nestedStackParent);
}
