import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Duration, Lazy, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { addFinding } from './findings';

/** What AWS gives a function whose time-out nobody set. */
const DEFAULT_TIMEOUT = Duration.seconds(3);

/** Per function: which variable was set, by whom and for what. */
const claims = new WeakMap<lambda.IFunction, Map<string, string>>();

/** One environment variable for a handler. */
export interface Variable {
  readonly name: string;
  /** Rendered at the end of synthesis, as one JSON string. */
  readonly value: () => object;
  /** What the handler does with it; the same claim may be made twice, another one may not. */
  readonly claim: string;
}

/**
 * Sets an environment variable of a handler, once.
 *
 * @returns whether it was set now; `false` where it was there already or cannot be set
 */
export function setVariable(scope: Construct, handler: lambda.IFunction, variable: Variable): boolean {
  if (!isFunction(handler)) {
    addFinding(
      scope,
      `the handler ${handler.node.path} is an imported function, a version or an alias; allowed: a function of this ` +
        `app, because its environment is set here (${variable.name}); pass the lambda.Function itself`,
    );
    return false;
  }
  const known = claims.get(handler) ?? new Map<string, string>();
  claims.set(handler, known);
  const claim = `${variable.claim} (${scope.node.path})`;
  const earlier = known.get(variable.name);
  if (earlier !== undefined) {
    if (earlier !== claim) {
      addFinding(
        scope,
        `the handler ${handler.node.path} serves ${earlier} and cannot serve ${claim} too, since ${variable.name} ` +
          'has one value; use one function for each',
      );
    }
    return false;
  }
  known.set(variable.name, claim);
  const stack = Stack.of(handler);
  handler.addEnvironment(variable.name, Lazy.string({ produce: () => stack.toJsonString(variable.value()) }));
  return true;
}

/** A handler's time-out, `undefined` where it cannot be known before the deployment. */
export function timeoutOf(handler: lambda.IFunction): Duration | undefined {
  if (!isFunction(handler)) {
    return undefined;
  }
  const timeout = handler.timeout ?? DEFAULT_TIMEOUT;
  return timeout.isUnresolved() ? undefined : timeout;
}

/** A handler's time-out in seconds; a token where it is one. */
export function timeoutInSeconds(handler: lambda.IFunction): number {
  return ((isFunction(handler) ? handler.timeout : undefined) ?? DEFAULT_TIMEOUT).toSeconds();
}

function isFunction(handler: lambda.IFunction): handler is lambda.Function {
  return 'addEnvironment' in handler;
}
