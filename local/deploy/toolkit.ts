import type { Toolkit } from '@aws-cdk/toolkit-lib';
import type { LocalCloud } from '../cloud/cloud.js';
import { clientOptions } from './clients.js';
import type { QuietIoHost } from './io-host.js';

/** The CDK's toolkit, loaded on first use because that takes a second, with the credentials of the cloud. */
export async function createToolkit(
  cloud: LocalCloud,
  ioHost: QuietIoHost,
): Promise<{ toolkit: Toolkit; lib: typeof import('@aws-cdk/toolkit-lib') }> {
  const lib = await import('@aws-cdk/toolkit-lib');
  const provider = () => Promise.resolve(clientOptions(cloud).credentials);
  const baseCredentials = lib.BaseCredentials.custom({ provider, region: cloud.region });
  const toolkit = new lib.Toolkit({ ioHost, color: false, emojis: false, sdkConfig: { baseCredentials } });
  return { toolkit, lib };
}
