import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { cloud, unique } from '../../support/cloud.js';
import { dynamodbContract } from './dynamodb.contract.js';
import { queueContract } from './queue.contract.js';

dynamodbContract(async () => {
  await cloud();
  const table = unique('contract');
  const raw = new DynamoDBClient({});
  const hash = (AttributeName: string) => ({ AttributeName, KeyType: 'HASH' as const });
  const range = (AttributeName: string) => ({ AttributeName, KeyType: 'RANGE' as const });
  await raw.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [hash('id'), range('at')],
      AttributeDefinitions: [
        ...['id', 'at', 'kind'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
        { AttributeName: 'rank', AttributeType: 'N' },
      ],
      GlobalSecondaryIndexes: [
        { IndexName: 'by-kind', KeySchema: [hash('kind'), range('rank')], Projection: { ProjectionType: 'ALL' } },
      ],
    }),
  );
  const client = DynamoDBDocumentClient.from(raw, { marshallOptions: { removeUndefinedValues: true } });
  return { client, table };
});

queueContract(async () => {
  await cloud();
  const name = unique('contract');
  const sqs = new SQSClient({});
  const eventBridge = new EventBridgeClient({});
  const create = async (suffix: string, Attributes: Record<string, string>): Promise<string> =>
    (await sqs.send(new CreateQueueCommand({ QueueName: name + suffix, Attributes }))).QueueUrl!;
  const arnOf = async (QueueUrl: string): Promise<string> => {
    const answer = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    return answer.Attributes!['QueueArn']!;
  };
  const deadLetters = await create('-dead', {});
  const redrive = { deadLetterTargetArn: await arnOf(deadLetters), maxReceiveCount: 2 };
  const queue = await create('', { VisibilityTimeout: '2', RedrivePolicy: JSON.stringify(redrive) });
  await eventBridge.send(new CreateEventBusCommand({ Name: name }));
  const EventPattern = JSON.stringify({ source: ['shop'], 'detail-type': ['product'] });
  await eventBridge.send(new PutRuleCommand({ Name: name, EventBusName: name, EventPattern }));
  const Targets = [{ Id: 'queue', Arn: await arnOf(queue) }];
  await eventBridge.send(new PutTargetsCommand({ Rule: name, EventBusName: name, Targets }));
  return {
    ...{ sqs, eventBridge, bus: name, queue, deadLetters },
    wait: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)),
  };
});
