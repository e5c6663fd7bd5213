import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import { CfnOutput, CfnResource } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import { cloud, deployStack } from '../../support/cloud.js';

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

describe.runIf(target !== 'embedded')('LocalStack', () => {
  it('claims to have made what it does not know, and the deployment names all of it', async () => {
    const deployed = deployStack('Gaps', (stack) => {
      for (const [index, [type, properties]] of LACKING.entries()) {
        new CfnResource(stack, `Lacking${index}`, { type, properties });
      }
    });
    const error: unknown = await deployed.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'TARGET_LACKS' });
    for (const [index, [type]] of LACKING.entries()) {
      expect((error as Error).message).toContain(`Lacking${index} (${type})`);
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
});
