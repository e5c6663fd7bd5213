import * as iam from 'aws-cdk-lib/aws-iam';
import { Tags } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';

/** The tag of a service's roles, by which what it owns knows them. */
export const SERVICE_TAG = 'cdk-database-patterns:service';

/** Found on every service whose stores and queues are closed to other apps; its name. */
const CLOSED = Symbol.for('cdk-database-patterns.closed');

/** Closes what is created below a service from now on: nobody but its roles gets in, whatever they are allowed. */
export function close(service: IConstruct, serviceName: string): void {
  Object.defineProperty(service, CLOSED, { value: serviceName });
  Tags.of(service).add(SERVICE_TAG, serviceName, { includeResourceTypes: ['AWS::IAM::Role'] });
}

/**
 * For the policy of something that a service owns: no other role of the account, whatever its own policies say. Nothing
 * where the service is not closed.
 */
export function onlyOwner(
  scope: IConstruct,
  actions: readonly string[],
  resource = '*',
): iam.PolicyStatement | undefined {
  const owner = closedName(scope);
  if (owner === undefined) {
    return undefined;
  }
  return new iam.PolicyStatement({
    sid: 'OnlyTheOwner',
    effect: iam.Effect.DENY,
    principals: [new iam.AnyPrincipal()],
    actions: [...actions],
    resources: [resource],
    conditions: {
      StringNotEquals: { [`aws:PrincipalTag/${SERVICE_TAG}`]: owner },
      // EventBridge brings events to queues by itself, in nobody's role.
      Bool: { 'aws:PrincipalIsAWSService': 'false' },
    },
  });
}

/**
 * For the policy of a bus: who publishes has the tag of the service that the events say they are of. One statement for all
 * services, those of other apps too.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export function onlyAsItself(busArn: string): object {
  return {
    Sid: 'OnlyAsItself',
    Effect: 'Deny',
    Principal: '*',
    Action: 'events:PutEvents',
    Resource: busArn,
    Condition: {
      'ForAnyValue:StringNotEquals': { 'events:source': `\${aws:PrincipalTag/${SERVICE_TAG}, 'nobody'}` },
    },
  };
}

function closedName(construct: IConstruct): string | undefined {
  let scope: IConstruct | undefined = construct;
  while (scope !== undefined) {
    if (CLOSED in scope) {
      const name: unknown = Reflect.get(scope, CLOSED);
      return typeof name === 'string' ? name : undefined;
    }
    scope = scope.node.scope;
  }
  return undefined;
}
