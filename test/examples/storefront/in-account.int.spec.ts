import { CreateDBClusterCommand, RDSClient } from '@aws-sdk/client-rds';
import { App, Stack } from 'aws-cdk-lib/core';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as rds from 'aws-cdk-lib/aws-rds';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { clusterAt, clustersOf } from '../../../examples/storefront/demo/deployed.js';
import { InAccount } from '../../../examples/storefront/demo/in-account.js';
import { awsAccount, deploy, destroy } from '../../../local/index.js';
import { cloud, deployStack } from '../../support/cloud.js';

describe('the demo in an account', () => {
  beforeEach(async (context) => {
    context.skip((await cloud()).target !== 'embedded', 'what stands for an account is the embedded cloud');
  });

  it('asks first, and does nothing where nobody can be asked', async () => {
    const said = vi.spyOn(console, 'log').mockReturnValue();
    await expect(InAccount.agreed(false)).rejects.toThrow('nobody is there to be asked: add --yes');
    expect(said).toHaveBeenCalledWith(expect.stringMatching(/account 000000000000, us-east-1: .* two Aurora clusters/));
    said.mockRestore();
  });

  it('leaves a stack of its name alone, and says how it is removed', async () => {
    const running = await cloud();
    const place = new InAccount(await awsAccount(), true);
    await expect(place.start()).resolves.toBeUndefined();
    const app = (outdir: string): App => {
      const made = new App({ outdir, analyticsReporting: false });
      new sqs.Queue(new Stack(made, place.stackName), 'Queue');
      return made;
    };
    await deploy({ cloud: running, app });
    try {
      await expect(place.start()).rejects.toThrow(
        'there is a stack StorefrontDemo in account 000000000000, us-east-1 already. Remove it first:\n' +
          '  aws cloudformation delete-stack --stack-name StorefrontDemo --region us-east-1',
      );
      // what this demo has not made it does not remove
      await place.end();
      await expect(place.start()).rejects.toThrow('already');
    } finally {
      await destroy({ cloud: running, app });
    }
    await expect(place.start()).resolves.toBeUndefined();
  });

  it('says what it could not remove, and how that is removed', async () => {
    const credentials = () => Promise.reject(new Error('signed out'));
    const place = new InAccount({ accountId: '000000000000', region: 'us-east-1', credentials }, true);
    await expect(place.deploy(() => undefined)).rejects.toThrow('could not be deployed');
    const said = vi.spyOn(console, 'log').mockReturnValue();
    await expect(place.end()).rejects.toThrow('could not be removed');
    expect(said).toHaveBeenCalledWith(
      expect.stringMatching(/StorefrontDemo stays in .*\n .*aws cloudformation delete-stack/),
    );
    said.mockRestore();
  });

  it('finds the databases of the clusters in a stack, and how their masters reach them', async () => {
    const { stackName } = await deployStack('Clusters', (stack) => {
      new rds.CfnDBCluster(stack, 'Catalog', {
        engine: 'aurora-postgresql',
        databaseName: 'catalog',
        masterUsername: 'postgres',
        dbClusterIdentifier: 'made-by-a-stack',
      });
    });
    // the emulator's CloudFormation has no secret kept by RDS
    await expect(clustersOf(stackName)).rejects.toThrow('cluster made-by-a-stack does not say how it is reached');

    const client = new RDSClient();
    await client.send(
      new CreateDBClusterCommand({
        DBClusterIdentifier: 'made-by-rds',
        Engine: 'aurora-postgresql',
        DatabaseName: 'insights',
        MasterUsername: 'postgres',
        ManageMasterUserPassword: true,
      }),
    );
    client.destroy();
    expect(await clusterAt('made-by-rds')).toEqual({
      database: 'insights',
      clusterArn: 'arn:aws:rds:us-east-1:000000000000:cluster:made-by-rds',
      secretArn: expect.stringMatching(/^arn:aws:secretsmanager:us-east-1:000000000000:secret:/),
    });
  });
});
