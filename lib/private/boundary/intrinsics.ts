import type { IResolvable, Stack } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import { isMarked, type Marks, NO_VALUE, type Passed, replaceFunctions, textOf, UNKNOWN } from './marks';
import { isObject, list } from './values';

/** Who knows what references lead to. */
export interface References {
  readonly marks: Marks;
  /** What a reference leads to by a parameter, an output of a nested stack, or a parameter of Systems Manager. */
  passedOn(token: IResolvable, scope: IConstruct): Passed | undefined;
  attribute(stack: Stack, id: string, attribute: string): unknown;
  exported(name: string): unknown;
  /** An output of another stack. */
  output(stackName: string, name: string): unknown;
  /** What a parameter of Systems Manager has in it, by its name. */
  stored(name: string): unknown;
  /** Values of a mapping: all that there are where a key is not known. */
  mapped(stack: Stack, map: string, top: string, second: string): unknown[];
}

/** How many texts one is followed as. */
const MOST = 32;

/** Makes one text of each intrinsic function, whoever wrote it: marks where it refers to something. */
export function flatten(value: unknown, stack: Stack, references: References): unknown {
  const inner = (each: unknown): unknown => flatten(each, stack, references);
  const text = (each: unknown): string => oneText(inner(each));
  if (typeof value === 'string') {
    return parameters(replaceFunctions(value, text), references);
  }
  if (Array.isArray(value)) {
    return value.map(inner).filter((each) => each !== NO_VALUE);
  }
  if (!isObject(value)) {
    return value;
  }
  const [name, ...others] = Object.keys(value);
  if (name !== undefined && others.length === 0) {
    const argument = value[name];
    switch (name) {
      case 'Ref':
        return typeof argument === 'string' ? reference(argument, stack, references) : UNKNOWN;
      case 'Fn::GetAtt': {
        const [id, attribute] = Array.isArray(argument) ? argument.map(text) : split(text(argument));
        return references.attribute(stack, id ?? '', attribute ?? '');
      }
      case 'Fn::Join': {
        const [separator, parts] = list2(argument);
        return joined(text(separator), inner(parts));
      }
      case 'Fn::Sub':
        return substituted(argument, stack, references, text);
      case 'Fn::ImportValue':
        return references.exported(text(argument));
      case 'Fn::GetStackOutput':
        return isObject(argument) ? references.output(text(argument.StackName), text(argument.OutputName)) : UNKNOWN;
      case 'Fn::FindInMap': {
        const [map, top, second, options] = list2(argument);
        const found = references.mapped(stack, text(map), text(top), text(second));
        const isSure = found.length > 0 && ![top, second].some((key) => isMarked(text(key)));
        const standIn = isObject(options) && !isSure ? list(options.DefaultValue) : [];
        return either([...found, ...standIn].map(inner)) ?? UNKNOWN;
      }
      case 'Fn::If': {
        // Either: what only one of them reaches is reached.
        const [, ...sides] = list2(argument);
        const values = sides.map(inner).filter((each) => each !== NO_VALUE);
        return values.length > 0 ? values : NO_VALUE;
      }
      case 'Fn::Split': {
        const [separator, source] = list2(argument);
        return either(list(inner(source)).map((each) => textOf(each).split(text(separator))));
      }
      case 'Fn::Select': {
        const [index, source] = list2(argument);
        return selected(Number(text(index)), inner(source));
      }
      case 'Fn::Base64':
        return text(argument);
      default:
    }
  }
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, each]) => [replaceFunctions(key, text), inner(each)])
      .filter(([, each]) => each !== NO_VALUE),
  );
}

/** A value as one text, with all in it that it may be. */
function oneText(value: unknown): string {
  return Array.isArray(value) ? list(value).map(textOf).join(' ') : textOf(value);
}

/** One value, or all that may be. */
function either(values: readonly unknown[]): unknown {
  return values.length > 1 ? values : values[0];
}

/** A part of a list, in which one that is a list itself is what a condition chooses from; or that chooses from lists. */
function selected(index: number, source: unknown): unknown {
  const parts = list2(source);
  const chosen = parts.every((each) => Array.isArray(each)) ? parts.map((each) => list2(each)[index]) : [];
  const found = [parts[index], ...chosen];
  // A mark stands for a whole ARN, which has no parts here.
  return either(found.filter((each) => each !== undefined)) ?? oneText(parts);
}

/** Replaces the values of parameters that CloudFormation puts in: what is not of this app stays as it is. */
export function parameters(text: string, references: References): string {
  return text.includes('{{resolve:ssm:')
    ? text.replace(/\{\{resolve:ssm:([^:}]+)(:\d+)?\}\}/g, (whole: string, name: string) => {
        const value = references.stored(name);
        return value === UNKNOWN ? whole : oneText(value);
      })
    : text;
}

/** One text of several, or each that may be where a part is one of several. */
function joined(separator: string, parts: unknown): unknown {
  const texts = list2(parts).reduce<string[][]>(
    (found, part) => {
      const choices = Array.isArray(part) ? list(part).map(textOf) : [textOf(part)];
      return found.length * choices.length > MOST
        ? found.map((each) => [...each, choices.join(' ')])
        : found.flatMap((each) => choices.map((choice) => [...each, choice]));
    },
    [[]],
  );
  const all = texts.map((each) => each.join(separator));
  return all.length > 1 ? all : all[0];
}

function list2(argument: unknown): unknown[] {
  return Array.isArray(argument) ? argument : [argument];
}

/** What a `Ref` stands for. */
export function reference(name: string, stack: Stack, references: References): unknown {
  if (name.startsWith('\uE000')) {
    return name;
  }
  return name.startsWith('AWS::') ? references.marks.pseudo(name, stack) : references.attribute(stack, name, 'Ref');
}

function split(text: string): [string, string] {
  const dot = text.indexOf('.');
  return dot < 0 ? [text, ''] : [text.slice(0, dot), text.slice(dot + 1)];
}

function substituted(
  argument: unknown,
  stack: Stack,
  references: References,
  text: (value: unknown) => string,
): string {
  const [template, variables] = list2(argument);
  const given = isObject(variables) ? variables : {};
  return text(template).replace(/\$\{([^!}][^}]*)\}/g, (_, name: string) => {
    if (name in given) {
      return text(given[name]);
    }
    const [id, attribute] = split(name);
    return oneText(attribute === '' ? reference(id, stack, references) : references.attribute(stack, id, attribute));
  });
}
