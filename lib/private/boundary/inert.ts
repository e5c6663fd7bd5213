import type { CfnResource } from 'aws-cdk-lib/core';

/** What can neither reach a store nor hold one. */
const INERT =
  /^AWS::(CloudWatch::|Logs::|ApplicationAutoScaling::|CDK::|ApiGateway::(Deployment|Stage|Resource|RestApi|Account)$|EC2::(VPC|Subnet|Route|RouteTable|InternetGateway|VPCGatewayAttachment|SubnetRouteTableAssociation|EIP|NatGateway)$)/;

/** Properties of no interest that are long. */
export const SKIPPED: ReadonlySet<string> = new Set(['code', 'tags', 'description']);

/** Whether a resource need not be read. */
export function isInert(resource: CfnResource): boolean {
  if (resource.cfnResourceType === 'AWS::Lambda::Permission') {
    const principal: unknown = Reflect.get(resource, 'principal');
    return typeof principal === 'string' && principal.endsWith('.amazonaws.com');
  }
  return INERT.test(resource.cfnResourceType);
}
