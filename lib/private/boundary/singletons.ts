import { Stack } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import { isService } from '../ownership';

/**
 * Functions that the CDK makes once per stack for constructs of many owners. What they do is fixed in the CDK, and asked
 * for by a resource, `Custom::…`, that belongs to somebody and is looked at itself. By the ids below the stack, of
 * aws-cdk-lib: custom-resources/lib/aws-custom-resource, core/lib/custom-resource-provider, aws-s3/lib/notifications-resource,
 * aws-logs/lib/log-retention, aws-s3-deployment, aws-dynamodb/lib/replica-provider.
 */
const SINGLETON =
  /^(AWS679f53fac002430cb0da5b7982bd2287|Custom::.*CustomResourceProvider|BucketNotificationsHandler|LogRetention[0-9a-f]{8}|Custom::CDKBucketDeployment|@aws-cdk--aws-dynamodb\.ReplicaProvider|SingletonLambda(224e77f9a32e4b4dac32983477abba16|8693BB64968944B69AAFB0CC9EB8757C))/;

/** Whether a construct is, or stands below, one of the CDK's own functions: right below its stack. */
export function isSingleton(construct: IConstruct): boolean {
  return construct.node.scopes.some(
    (scope) => SINGLETON.test(scope.node.id) && Stack.isStack(scope.node.scope) && !isService(scope),
  );
}
