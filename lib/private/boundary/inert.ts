import type { CfnResource } from 'aws-cdk-lib/core';
import { isObject } from './values';

/** What can neither reach a store nor hold one. */
const INERT =
  /^AWS::(CloudWatch::|Logs::(LogGroup|LogStream|MetricFilter|QueryDefinition)$|ApplicationAutoScaling::|CDK::|ApiGateway::(Deployment|Stage|Resource|Account)$|EC2::(VPC|Subnet|Route|RouteTable|InternetGateway|VPCGatewayAttachment|SubnetRouteTableAssociation|EIP|NatGateway)$)/;

/** Whether a property is of no interest: words, and the place from which code is deployed. Code may stand in it itself. */
export function isSkipped(resource: CfnResource, name: string, value: unknown): boolean {
  switch (name) {
    case 'code':
      return !isObject(value) || value.zipFile === undefined;
    case 'content':
      return resource.cfnResourceType === 'AWS::Lambda::LayerVersion';
    default:
      return name === 'tags' || name === 'description';
  }
}

/** Whether a resource need not be read. */
export function isInert(resource: CfnResource): boolean {
  if (resource.cfnResourceType === 'AWS::Lambda::Permission') {
    const principal: unknown = Reflect.get(resource, 'principal');
    return typeof principal === 'string' && principal.endsWith('.amazonaws.com');
  }
  return INERT.test(resource.cfnResourceType);
}
