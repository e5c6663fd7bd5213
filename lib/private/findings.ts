import { Token } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

/**
 * Reports something that a user has to mend. The CDK collects the findings of the whole app at synth, puts each one's
 * construct path before it, and fails once with all of them.
 */
export function addFinding(scope: Construct, message: string): void {
  scope.node.addValidation({ validate: () => [message] });
}

/** What a name may look like, and how to say so. */
export interface NameRule {
  readonly pattern: RegExp;
  readonly allowed: string;
}

/** A service's name is the source of its events. */
export const SERVICE_NAME: NameRule = {
  pattern: /^[a-z][a-z0-9-]{0,63}$/,
  allowed: 'a lower-case letter, then at most 63 lower-case letters, digits and hyphens',
};

/** A stream's name stands in events, paths and keys; the Lambda library has the same rule. */
export const STREAM_NAME: NameRule = {
  pattern: /^[A-Za-z0-9_-]{1,64}$/,
  allowed: '1 to 64 letters, digits, hyphens and underscores',
};

/** An operation's name stands in ids, variables and contracts; the Lambda library has the same rule. */
export const OPERATION_NAME: NameRule = {
  pattern: /^[A-Za-z][A-Za-z0-9]{0,63}$/,
  allowed: 'a letter, then at most 63 letters and digits',
};

/** A bus whose name is known to other apps. */
export const BUS_NAME: NameRule = {
  pattern: /^(?!default$|aws\.)[A-Za-z0-9._-]{1,256}$/,
  allowed: '1 to 256 letters, digits, ".", "_" and "-", and not "default"',
};

/** Says what is wrong with a name; nothing where it is right or not known before the deployment. */
export function nameFindings(what: string, value: string, rule: NameRule): string[] {
  if (Token.isUnresolved(value) || rule.pattern.test(value)) {
    return [];
  }
  return [`${what} is "${value}"; allowed: ${rule.allowed}`];
}

/** Says that a number lies outside its range; nothing where it is inside or not known before the deployment. */
export function rangeFindings(what: string, value: number | undefined, least: number, most: number): string[] {
  if (value === undefined || Token.isUnresolved(value) || (value >= least && value <= most)) {
    return [];
  }
  return [`${what} is ${value}; allowed: ${least} to ${most}`];
}

/** Reports several findings on one construct. */
export function addFindings(scope: Construct, messages: readonly string[]): void {
  messages.forEach((message) => addFinding(scope, message));
}
