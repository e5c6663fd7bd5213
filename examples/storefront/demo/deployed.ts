import {
  CloudFormationClient,
  paginateListStackResources,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';
import { DescribeDBClustersCommand, RDSClient } from '@aws-sdk/client-rds';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';

/** What a stack's outputs say. */
export interface Outputs {
  readonly CatalogUrl: string;
  readonly SalesUrl: string;
  readonly BrowseUrl: string;
  readonly InsightsUrl: string;
  readonly BasketsUrl: string;
  readonly InvoicesTable: string;
  readonly ListingTable: string;
  readonly TotalsTable: string;
  readonly ListingDeadLetters: string;
  readonly TotalsDeadLetters: string;
  readonly BasketsDeadLetters: string;
}

/** Databases that answer to the RDS Data API, by their names. */
export type Clusters = Readonly<
  Record<string, { readonly clusterArn: string; readonly secretArn: string; readonly database: string }>
>;

const kinds: readonly [type: string, one: string, many: string][] = [
  ['AWS::Lambda::Function', 'function', 'functions'],
  ['AWS::ApiGateway::RestApi', 'API', 'APIs'],
  ['AWS::SQS::Queue', 'queue', 'queues'],
  ['AWS::Events::Rule', 'rule', 'rules'],
  ['AWS::DynamoDB::GlobalTable', 'table', 'tables'],
  ['AWS::Events::EventBus', 'event bus', 'event buses'],
  ['AWS::CloudWatch::Alarm', 'alarm', 'alarms'],
  ['AWS::StepFunctions::StateMachine', 'state machine', 'state machines'],
];

/** What the shop's stack puts out. @throws Error if it was not deployed */
export function outputsOf(stackName: string, outputs: Readonly<Record<string, Record<string, string>>>): Outputs {
  const found = outputs[stackName];
  if (!found) throw new Error(`the stack ${stackName} puts out nothing`);
  return found as unknown as Outputs;
}

/** A stack in one line: how many resources it has, and of which kinds. */
export async function describe(stackName: string): Promise<string> {
  const types = (await resourcesOf(stackName)).map(({ ResourceType }) => ResourceType);
  const counted = kinds.flatMap(([type, one, many]) => {
    const count = types.filter((found) => found === type).length;
    return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
  });
  return `${types.length} resources: ${counted.join(', ')}`;
}

/** The databases of the clusters that a stack has made, as their master reads them. */
export async function clustersOf(stackName: string): Promise<Clusters> {
  const client = new RDSClient();
  const found: [string, Clusters[string]][] = [];
  for (const { ResourceType, PhysicalResourceId } of await resourcesOf(stackName)) {
    if (ResourceType !== 'AWS::RDS::DBCluster') continue;
    const { DBClusters: [cluster] = [] } = await client.send(
      new DescribeDBClustersCommand({ DBClusterIdentifier: PhysicalResourceId }),
    );
    const {
      DatabaseName: database,
      DBClusterArn: clusterArn,
      MasterUserSecret: { SecretArn: secretArn } = {},
    } = cluster ?? {};
    if (!database || !clusterArn || !secretArn)
      throw new Error(`cluster ${PhysicalResourceId} does not say how it is reached`);
    found.push([database, { clusterArn, secretArn, database }]);
  }
  client.destroy();
  return Object.fromEntries(found);
}

async function resourcesOf(stackName: string): Promise<StackResourceSummary[]> {
  const client = new CloudFormationClient();
  const found: StackResourceSummary[] = [];
  for await (const { StackResourceSummaries = [] } of paginateListStackResources(
    { client },
    { StackName: stackName },
  )) {
    found.push(...StackResourceSummaries);
  }
  client.destroy();
  return found;
}

/** How many messages a queue holds. */
export async function depth(queueUrl: string): Promise<number> {
  const client = new SQSClient();
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
  );
  client.destroy();
  return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
}
