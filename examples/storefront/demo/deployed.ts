import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
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

/** A stack in one line: how many resources it has, and of which kinds. */
export async function describe(stackName: string): Promise<string> {
  const client = new CloudFormationClient();
  const types: string[] = [];
  for await (const { StackResourceSummaries = [] } of paginateListStackResources(
    { client },
    { StackName: stackName },
  )) {
    types.push(...StackResourceSummaries.map(({ ResourceType }) => ResourceType ?? ''));
  }
  client.destroy();
  const counted = kinds.flatMap(([type, one, many]) => {
    const count = types.filter((found) => found === type).length;
    return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
  });
  return `${types.length} resources: ${counted.join(', ')}`;
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
