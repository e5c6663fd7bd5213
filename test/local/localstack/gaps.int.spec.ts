import { CfnResource } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import { deployStack } from '../../support/cloud.js';

const target = process.env.DBPATTERNS_TEST_TARGET ?? 'embedded';

describe.runIf(target !== 'embedded')('LocalStack', () => {
  it('claims to have made what it does not know, and the deployment says so', async () => {
    const deployed = deployStack('Gaps', (stack) => {
      new CfnResource(stack, 'Cluster', { type: 'AWS::RDS::DBCluster', properties: { Engine: 'aurora-postgresql' } });
    });
    await expect(deployed).rejects.toMatchObject({
      code: 'TARGET_LACKS',
      message: expect.stringMatching(/Cluster \(AWS::RDS::DBCluster\)/),
    });
  });
});
