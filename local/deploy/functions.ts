import { CloudFormationClient, GetTemplateCommand, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import type { LocalCloud } from '../cloud/cloud.js';
import { clientOptions } from './clients.js';

/** A function of a deployed stack. */
export interface DeployedFunction {
  readonly stack: string;
  /** Its logical id. */
  readonly resource: string;
  readonly functionName: string;
  /** The metadata that the template gives it. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

interface Template {
  readonly Resources?: Record<string, { readonly Type: string; readonly Metadata?: Record<string, unknown> }>;
}

/** The functions of deployed stacks, with their metadata. */
export async function deployedFunctions(cloud: LocalCloud, stacks: readonly string[]): Promise<DeployedFunction[]> {
  const client = new CloudFormationClient(clientOptions(cloud));
  const found = await Promise.all(
    stacks.map(async (stack) => {
      const [{ TemplateBody = '{}' }, names] = await Promise.all([
        client.send(new GetTemplateCommand({ StackName: stack })),
        physicalNames(client, stack),
      ]);
      const { Resources = {} } = JSON.parse(TemplateBody) as Template;
      return Object.entries(Resources).flatMap(([resource, { Type, Metadata = {} }]) => {
        const functionName = names.get(resource);
        return Type === 'AWS::Lambda::Function' && functionName
          ? [{ stack, resource, functionName, metadata: Metadata }]
          : [];
      });
    }),
  );
  client.destroy();
  return found.flat();
}

async function physicalNames(client: CloudFormationClient, stack: string): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  for await (const page of paginateListStackResources({ client }, { StackName: stack })) {
    for (const { LogicalResourceId, PhysicalResourceId } of page.StackResourceSummaries ?? []) {
      if (LogicalResourceId && PhysicalResourceId) names.set(LogicalResourceId, PhysicalResourceId);
    }
  }
  return names;
}
