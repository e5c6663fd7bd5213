import { CfnResource } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';

/** Under this name the templates' metadata tells tools what a resource is for; they find it without names of its own. */
const NAME = 'cdk-database-patterns';

/** Says in the template what a construct's resource is for. */
export function describe(construct: IConstruct, metadata: unknown): void {
  cfnResource(construct)?.addMetadata(NAME, metadata);
}

/** The resource that a construct wraps. */
export function cfnResource(construct: IConstruct): CfnResource | undefined {
  const child = construct.node.defaultChild;
  return child !== undefined && CfnResource.isCfnResource(child) ? child : undefined;
}
