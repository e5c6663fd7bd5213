import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import type { LocalCloud } from '../cloud/cloud.js';
import { withLock } from '../processes/lock.js';
import { clientOptions } from './clients.js';
import { withEnvironment } from './environment.js';
import { QuietIoHost } from './io-host.js';
import { placeOf } from './place.js';
import { createToolkit } from './toolkit.js';

/** Bootstraps the cloud for the CDK, once; those who come meanwhile wait for it. */
export async function bootstrap(cloud: LocalCloud, onStart: () => void = () => undefined): Promise<void> {
  if (await isBootstrapped(cloud)) return;
  await withLock(join(cloud.stateDirectory, 'bootstrap.lock'), async () => {
    if (await isBootstrapped(cloud)) return;
    onStart();
    const host = new QuietIoHost();
    const place = placeOf(cloud);
    await withEnvironment(place.environment, async () => {
      const { toolkit, lib } = await createToolkit(place, host);
      const environments = lib.BootstrapEnvironments.fromList([`aws://${cloud.accountId}/${cloud.region}`]);
      await toolkit.bootstrap(environments);
    });
  });
}

async function isBootstrapped(cloud: LocalCloud): Promise<boolean> {
  const client = new CloudFormationClient(clientOptions(cloud));
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: 'CDKToolkit' }));
    return Stacks?.[0]?.StackStatus?.endsWith('_COMPLETE') ?? false;
  } catch {
    return false;
  } finally {
    client.destroy();
  }
}
