import {
  CfnElement,
  CfnParameter,
  DefaultTokenResolver,
  type IFragmentConcatenator,
  type IPostProcessor,
  type IResolvable,
  type IResolveContext,
  Reference,
  Stack,
  Token,
  Tokenization,
} from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import { isObject } from './values';

/**
 * Marks stand between two characters of the private use area: JSON.stringify leaves them as they are, and no name, ARN or
 * policy has them.
 */
const OPEN = '\uE000';
const CLOSE = '\uE001';
const NOTHING: readonly Target[] = [];
const MARK = /\uE000(\d+)\uE001/g;

/** What is not known before the deployment and leads to no construct of this app. */
export const UNKNOWN = `${OPEN}?${CLOSE}`;

/** What CloudFormation takes out: a property or a member of a list that is this is none. */
export const NO_VALUE = `${OPEN}NoValue${CLOSE}`;

/** A value that a parameter or an output passes on. */
export interface Passed {
  readonly by: IConstruct;
  readonly value: unknown;
}

/** An attribute of a resource. */
export interface Target {
  readonly element: CfnElement;
  readonly attribute: string;
}

/**
 * Renders references as marks that stand for what they refer to, whatever stack that is in: what the CDK does across
 * stacks by exports, parameters and outputs need not be followed back.
 */
export class Marks extends DefaultTokenResolver {
  /** What the resource that is rendered refers to. */
  mentions = new Set<CfnElement>();
  private readonly targets: Target[] = [];
  /** What texts refer to: the same ones are asked for again and again. */
  private readonly read = new Map<string, readonly Target[]>();
  private readonly known = new Map<CfnElement, Map<string, string>>();

  /** @param passedOn what a reference leads to, where that is no resource that keeps or does something itself */
  constructor(private readonly passedOn: (token: IResolvable, scope: IConstruct) => Passed | undefined) {
    super(CONCAT);
  }

  override resolveToken(token: IResolvable, context: IResolveContext, post: IPostProcessor): unknown {
    const passed = this.passedOn(token, context.scope);
    if (passed !== undefined) {
      return Tokenization.resolve(passed.value, { scope: passed.by, resolver: this, preparing: false });
    }
    const name = this.nameOf(token, context.scope);
    // Shaped like a reference: the properties' validators let it pass where a number or a list is due.
    return name === undefined ? super.resolveToken(token, context, post) : { Ref: name };
  }

  /** A list with that in it which becomes one: of a mere function in a JSON the CDK would make a resource, here and now. */
  override resolveList(texts: string[], context: IResolveContext): unknown {
    const value: unknown = super.resolveList(texts, context);
    return isObject(value) ? [value] : value;
  }

  /** What a reference refers to, as a `Ref` names it: its mark, or the logical id of a parameter. */
  nameOf(token: IResolvable, scope: IConstruct): string | undefined {
    if (!Reference.isReference(token)) {
      return undefined;
    }
    const { target, displayName } = token;
    if (displayName.startsWith('AWS::')) {
      return this.pseudo(displayName, Stack.of(scope));
    }
    // Its value is known to who sets it.
    if (target instanceof CfnParameter) {
      return logicalIdOf(target);
    }
    return CfnElement.isCfnElement(target) ? this.mark(target, displayName) : undefined;
  }

  /** The mark of an attribute. */
  mark(element: CfnElement, attribute: string): string {
    this.mentions.add(element);
    const attributes = this.known.get(element) ?? new Map<string, string>();
    this.known.set(element, attributes);
    const known = attributes.get(attribute);
    if (known !== undefined) {
      return known;
    }
    const mark = `${OPEN}${this.targets.length}${CLOSE}`;
    this.targets.push({ element, attribute });
    attributes.set(attribute, mark);
    return mark;
  }

  /** A value that is the same for all of a stack. A mark without a colon, so that ARNs fall into their parts. */
  pseudo(name: string, stack: Stack): string {
    if (name === 'AWS::NoValue') {
      return NO_VALUE;
    }
    const value = { 'AWS::StackName': stack.stackName, 'AWS::Region': stack.region, 'AWS::AccountId': stack.account }[
      name
    ];
    return value === undefined || Token.isUnresolved(value) ? `${OPEN}${name.slice('AWS::'.length)}${CLOSE}` : value;
  }

  /** What a text refers to. */
  targetsOf(text: string): readonly Target[] {
    if (!text.includes(OPEN)) {
      return NOTHING;
    }
    const known = this.read.get(text);
    if (known !== undefined) {
      return known;
    }
    const found = [...text.matchAll(MARK)].flatMap(([, index]) => this.targets[Number(index)] ?? []);
    this.read.set(text, found);
    return found;
  }

  /** Whether a text refers to something. */
  refersTo(text: string, element: CfnElement): boolean {
    return this.targetsOf(text).some((target) => target.element === element);
  }
}

/** The name of an element in its template, also where it was given one: an included template keeps its own. */
export function logicalIdOf(element: CfnElement): string {
  const id: unknown = element.stack.resolve(element.logicalId);
  return typeof id === 'string' ? id : element.stack.getLogicalId(element);
}

/** Whether a text is a mark, or has one in it. */
export function isMarked(text: string): boolean {
  return text.includes(OPEN);
}

/** A text as a pattern: `*` for what is not known before the deployment. */
export function asPattern(text: string): string {
  return text.replace(/\uE000[^\uE001]*\uE001/g, '*');
}

/** A rendered value as text. What is an intrinsic function stays one, as JSON, until it is read. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') {
    return value;
  }
  if (isObject(value) && typeof value.Ref === 'string' && value.Ref.startsWith(OPEN)) {
    return value.Ref;
  }
  return typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : `${OPEN}${JSON.stringify(value)}${CLOSE}`;
}

/** Replaces the intrinsic functions of a text. */
export function replaceFunctions(text: string, replace: (value: unknown) => string): string {
  return text.includes(`${OPEN}{`)
    ? text.replace(/\uE000(\{.*?\})\uE001/g, (_, json: string) => replace(parsed(json)))
    : text;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // One within another one.
    return UNKNOWN;
  }
}

const CONCAT: IFragmentConcatenator = {
  join: (left: unknown, right: unknown): unknown =>
    left === undefined ? right : right === undefined ? left : textOf(left) + textOf(right),
};
