import { DynamoDBClient, ExecuteTransactionCommand } from '@aws-sdk/client-dynamodb';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { App, CfnOutput, CfnResource, NestedStack, Stack } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import { deploy, type StackOutputs } from '../../../local/index.js';
import { cloud, deployStack, unique } from '../../support/cloud.js';

const target = process.env.DBPATTERNS_TEST_TARGET ?? 'embedded';

/** What the free edition lacks, of all that an app of the kit may ask for. */
const LACKING: readonly [type: string, properties: Record<string, unknown>][] = [
  ['AWS::RDS::DBCluster', { Engine: 'aurora-postgresql' }],
  ['AWS::ElastiCache::ServerlessCache', { Engine: 'valkey', ServerlessCacheName: 'gaps' }],
  ['AWS::ApiGatewayV2::Api', { Name: 'gaps', ProtocolType: 'HTTP' }],
  ['AWS::Pipes::Pipe', { RoleArn: 'arn:aws:iam::000000000000:role/gaps', Source: 'arn:one', Target: 'arn:other' }],
  ['AWS::Events::Archive', { SourceArn: 'arn:aws:events:us-east-1:000000000000:event-bus/default' }],
  ['Custom::Anything', { ServiceToken: 'arn:aws:lambda:us-east-1:000000000000:function:gaps' }],
];

/** Deploys the same stack as often as it is called. */
async function repeatable(name: string, build: (stack: Stack) => void): Promise<() => Promise<StackOutputs>> {
  const running = await cloud();
  const env = { account: running.accountId, region: running.region };
  const stackName = unique(name);
  const app = (outdir: string) => {
    const made = new App({ outdir, analyticsReporting: false });
    build(new Stack(made, stackName, { env }));
    return made;
  };
  return () => deploy({ cloud: running, app });
}

async function failureOf(deployed: Promise<unknown>): Promise<unknown> {
  return deployed.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
}

describe.runIf(target !== 'embedded')('LocalStack', () => {
  it('claims to have made what it does not know, and each deployment names all of it', async () => {
    const deployGaps = await repeatable('Gaps', (stack) => {
      for (const [index, [type, properties]] of LACKING.entries()) {
        new CfnResource(stack, `Lacking${index}`, { type, properties });
      }
      new CfnResource(new NestedStack(stack, 'Inner'), 'Lacking', { type: 'AWS::Pipes::Pipe' });
    });
    for (const nth of ['first', 'repeated']) {
      const error = await failureOf(deployGaps());
      expect(error, nth).toMatchObject({ code: 'TARGET_LACKS' });
      for (const [index, [type]] of LACKING.entries()) {
        expect((error as Error).message, nth).toContain(`Lacking${index} (${type})`);
      }
      expect((error as Error).message, nth).toContain(': Lacking (AWS::Pipes::Pipe)');
    }
  });

  it('runs no custom resources, and each deployment applies the migrations, also one that changes nothing', async () => {
    const deployMigrations = await repeatable('Migrates', (stack) => {
      const fn = new lambda.Function(stack, 'Run', {
        runtime: lambda.Runtime.NODEJS_22_X,
        handler: 'index.handler',
        code: lambda.Code.fromInline("exports.handler = async () => { throw new Error('the database is away'); };"),
      });
      (fn.node.defaultChild as CfnResource).addMetadata('cdk-database-patterns', 'migrations');
      new CfnResource(stack, 'Migrations', {
        type: 'Custom::DatabaseMigrations',
        properties: { ServiceToken: fn.functionArn },
      });
    });
    for (const nth of ['first', 'repeated']) {
      const error = await failureOf(deployMigrations());
      expect(error, nth).toMatchObject({
        code: 'MIGRATION_FAILED',
        message: expect.stringContaining('the database is away'),
      });
    }
  });

  it('lets everybody call an API, also one that asks for a signature', async () => {
    const { outputs } = await deployStack('Open', (stack) => {
      const api = new apigateway.RestApi(stack, 'Api', { cloudWatchRole: false });
      const answer = new apigateway.MockIntegration({
        requestTemplates: { 'application/json': '{ "statusCode": 200 }' },
        integrationResponses: [{ statusCode: '200' }],
      });
      api.root.addMethod('GET', answer, {
        authorizationType: apigateway.AuthorizationType.IAM,
        methodResponses: [{ statusCode: '200' }],
      });
      new CfnOutput(stack, 'Url', { value: api.url });
    });
    const { status } = await fetch((await cloud()).httpUrl(outputs['Url'] ?? ''));
    expect(status).toBe(200);
  });

  it('has words, and a code that means something else, for a key that is taken in a transaction', async () => {
    const { outputs } = await deployStack('Taken', (stack) => {
      const table = new dynamodb.Table(stack, 'Table', {
        partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
      });
      new CfnOutput(stack, 'Name', { value: table.tableName });
    });
    const client = new DynamoDBClient();
    const insert = new ExecuteTransactionCommand({
      TransactStatements: [{ Statement: `INSERT INTO "${outputs['Name']}" VALUE {'id': 'one'}` }],
    });
    await client.send(insert);
    await expect(client.send(insert)).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'ValidationError', Message: expect.stringMatching(/^Duplicate primary key/) }],
    });
    client.destroy();
  });
});
