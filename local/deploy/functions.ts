import type { LocalCloud } from '../cloud/cloud.js';
import { deployedResources } from './resources.js';

/** A function of a deployed stack. */
export interface DeployedFunction {
  readonly stack: string;
  /** Its logical id. */
  readonly resource: string;
  readonly functionName: string;
  /** The metadata that the template gives it. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The functions of deployed stacks, with their metadata. */
export async function deployedFunctions(cloud: LocalCloud, stacks: readonly string[]): Promise<DeployedFunction[]> {
  const resources = await deployedResources(cloud, stacks);
  return resources.flatMap(({ stack, resource, type, physicalId, metadata }) =>
    type === 'AWS::Lambda::Function' && physicalId !== ''
      ? [{ stack, resource, functionName: physicalId, metadata }]
      : [],
  );
}
