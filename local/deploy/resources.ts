import { CloudFormationClient, GetTemplateCommand, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import type { LocalCloud } from '../cloud/cloud.js';
import { clientOptions } from './clients.js';

/** A resource of a deployed stack. */
export interface DeployedResource {
  /** The stack that was asked for, also of a resource of a nested one. */
  readonly stack: string;
  /** Its logical id. */
  readonly resource: string;
  readonly type: string;
  readonly physicalId: string;
  /** The metadata that the template gives it. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

interface Template {
  readonly Resources?: Record<string, { readonly Metadata?: Record<string, unknown> }>;
}

/** What deployed stacks consist of, nested ones included, as CloudFormation says. */
export async function deployedResources(cloud: LocalCloud, stacks: readonly string[]): Promise<DeployedResource[]> {
  const client = new CloudFormationClient(clientOptions(cloud));
  try {
    return (await Promise.all(stacks.map((stack) => resourcesOf(client, stack)))).flat();
  } finally {
    client.destroy();
  }
}

/** @param id a stack that is nested in it, or the stack itself */
async function resourcesOf(client: CloudFormationClient, stack: string, id = stack): Promise<DeployedResource[]> {
  const { TemplateBody = '{}' } = await client.send(new GetTemplateCommand({ StackName: id }));
  const { Resources = {} } = JSON.parse(TemplateBody) as Template;
  const found: DeployedResource[] = [];
  for await (const page of paginateListStackResources({ client }, { StackName: id })) {
    for (const { LogicalResourceId = '', PhysicalResourceId = '', ResourceType = '' } of page.StackResourceSummaries ??
      []) {
      const metadata = Resources[LogicalResourceId]?.Metadata ?? {};
      found.push({ stack, resource: LogicalResourceId, type: ResourceType, physicalId: PhysicalResourceId, metadata });
    }
  }
  const nested = found.filter(({ type, physicalId }) => type === 'AWS::CloudFormation::Stack' && physicalId !== '');
  return [
    ...found,
    ...(await Promise.all(nested.map(({ physicalId }) => resourcesOf(client, stack, physicalId)))).flat(),
  ];
}
