import {
  type IPostProcessor,
  type IResolvable,
  type IResolveContext,
  type ResolveChangeContextOptions,
  Stack,
  Tokenization,
} from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import { flatten, parameters, reference, type References } from './intrinsics';
import { NO_VALUE, textOf } from './marks';
import { isObject } from './values';

/** How tokens stand in texts: see `encoding.ts` of aws-cdk-lib/core. */
const TOKEN = /\$\{Token\[[^\]]+\]\}|-1\.\d{10,16}e\+289/g;
/** Numbers below this are tokens. */
const LEAST_NUMBER = -1e280;

/**
 * Resolves a value as the CDK does, references being marks, and makes texts of intrinsic functions on the way. The CDK keeps
 * a path, a context and a hint of the type for every value, which would be most of the time of the check. What it does not
 * know it leaves to the CDK.
 */
export function read(value: unknown, scope: IConstruct, references: References): unknown {
  return new Reading(scope, Stack.of(scope), references, false).resolve(value);
}

const NO_PATH: string[] = [];

class Reading implements IResolveContext {
  readonly preparing = false;
  readonly documentPath = NO_PATH;
  private processor?: IPostProcessor;
  private json?: string;

  constructor(
    readonly scope: IConstruct,
    private readonly stack: Stack,
    private readonly references: References,
    /** Whether it becomes the text of a JSON: what looks like an intrinsic function there is none, unless a token said so. */
    private readonly isJson: boolean,
  ) {}

  registerPostProcessor(processor: IPostProcessor): void {
    this.processor = processor;
  }

  resolve(value: unknown, options?: ResolveChangeContextOptions): unknown {
    if (options?.allowIntrinsicKeys !== true) {
      return this.value(value);
    }
    // Asked by `Stack.toJsonString`, which makes a text of what it is given, member by member; of a text at once.
    const resolved = new Reading(this.scope, this.stack, this.references, true).value(value);
    this.json = JSON.stringify(resolved);
    return this.json;
  }

  private value(value: unknown): unknown {
    if (typeof value === 'string') {
      return value.includes('{Token[') || value.includes('e+289')
        ? this.text(value)
        : parameters(value, this.references);
    }
    if (typeof value === 'number') {
      return value < LEAST_NUMBER ? this.token(Tokenization.reverseNumber(value)) : value;
    }
    if (Array.isArray(value)) {
      return this.list(value);
    }
    if (isObject(value) && !(value instanceof Date)) {
      return Tokenization.isResolvable(value) ? this.token(value) : this.members(value);
    }
    return typeof value === 'function' ? this.ofCdk(value) : value;
  }

  private text(text: string): unknown {
    if (text.includes('#{Token[')) {
      return this.ofCdk(text);
    }
    const fragments = Tokenization.reverseString(text);
    const whole = fragments.length === 1 ? fragments.firstToken : undefined;
    return whole === undefined
      ? parameters(
          text.replace(TOKEN, (each) => this.part(each)),
          this.references,
        )
      : this.token(whole);
  }

  /** A token between other text. */
  private part(token: string): string {
    const value = this.token(Tokenization.reverseCompleteString(token));
    return Array.isArray(value) ? value.map(textOf).join(' ') : value === undefined ? '' : textOf(value);
  }

  private list(values: readonly unknown[]): unknown {
    if (values.some((each) => typeof each === 'string' && each.includes('#{Token['))) {
      const texts = values.filter((each) => typeof each === 'string');
      return texts.length === 1 && values.length === 1
        ? this.token(Tokenization.reverseList(texts))
        : this.ofCdk(values);
    }
    const all: unknown[] = [];
    for (const each of values) {
      const value = this.value(each);
      if (value !== undefined && value !== NO_VALUE) {
        all.push(value);
      }
    }
    return all;
  }

  private members(given: Record<string, unknown>): unknown {
    if (given._children !== undefined && given._metadata !== undefined) {
      return this.ofCdk(given);
    }
    const result: Record<string, unknown> = {};
    let only: string | undefined;
    let count = 0;
    for (const name of Object.keys(given)) {
      const value = this.value(given[name]);
      if (value !== undefined && value !== NO_VALUE) {
        only = name.includes('{Token[') ? textOf(this.text(name)) : name;
        result[only] = value;
        count += 1;
      }
    }
    return count === 1 && !this.isJson ? this.evaluated(only, result) : result;
  }

  private token(token: IResolvable | undefined): unknown {
    if (token === undefined) {
      return undefined;
    }
    const passed = this.references.passedOn(token, this.scope);
    if (passed !== undefined) {
      return read(passed.value, passed.by, this.references);
    }
    const name = this.references.marks.nameOf(token, this.scope);
    if (name !== undefined) {
      return reference(name, this.stack, this.references);
    }
    const context = new Reading(this.scope, this.stack, this.references, this.isJson);
    const produced: unknown = token.resolve(context);
    if (context.json !== undefined && produced === JSON.stringify(context.json)) {
      return context.json;
    }
    const resolved = context.value(produced);
    const value: unknown =
      context.processor === undefined ? resolved : context.processor.postProcess(resolved, context);
    if (this.isJson && isObject(value)) {
      const [only, ...others] = Object.keys(value);
      return others.length === 0 ? this.evaluated(only, value) : value;
    }
    return value;
  }

  /** An intrinsic function as text, its arguments being that already. */
  private evaluated(name: string | undefined, value: Record<string, unknown>): unknown {
    return name === 'Ref' || name?.startsWith('Fn::') === true ? flatten(value, this.stack, this.references) : value;
  }

  /** What the CDK refuses, or will do otherwise one day. */
  private ofCdk(value: unknown): unknown {
    const options = { scope: this.scope, resolver: this.references.marks, preparing: false };
    return flatten(Tokenization.resolve(value, options), this.stack, this.references);
  }
}
