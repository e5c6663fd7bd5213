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

/** A database that answers to the RDS Data API. */
export interface Cluster {
  readonly clusterArn: string;
  readonly secretArn: string;
  readonly database: string;
}

/** By the names of their databases. */
export type Clusters = Readonly<Record<string, Cluster>>;

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

/** The databases of the clusters that a stack has made, as their masters reach them. */
export async function clustersOf(stackName: string): Promise<Clusters> {
  const found: Record<string, Cluster> = {};
  for (const { ResourceType, PhysicalResourceId = '' } of await resourcesOf(stackName)) {
    if (ResourceType !== 'AWS::RDS::DBCluster') continue;
    const cluster = await clusterAt(PhysicalResourceId);
    found[cluster.database] = cluster;
  }
  return found;
}

/** @throws Error where RDS does not keep the master's secret, as it does for the clusters of the kit */
export async function clusterAt(id: string): Promise<Cluster> {
  const client = new RDSClient();
  const { DBClusters } = await client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id }));
  client.destroy();
  const { DatabaseName: database, DBClusterArn: clusterArn, MasterUserSecret: secret } = DBClusters?.[0] ?? {};
  if (!database || !clusterArn || !secret?.SecretArn) throw new Error(`cluster ${id} does not say how it is reached`);
  return { clusterArn, secretArn: secret.SecretArn, database };
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
