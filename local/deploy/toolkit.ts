import type { Toolkit } from '@aws-cdk/toolkit-lib';
import type { QuietIoHost } from './io-host.js';
import type { Place } from './place.js';

/** The CDK's toolkit, loaded on first use because that takes a second, with the credentials of the place. */
export async function createToolkit(
  { credentials, region }: Place,
  ioHost: QuietIoHost,
): Promise<{ toolkit: Toolkit; lib: typeof import('@aws-cdk/toolkit-lib') }> {
  const lib = await import('@aws-cdk/toolkit-lib');
  const baseCredentials = lib.BaseCredentials.custom({ provider: credentials, region });
  const toolkit = new lib.Toolkit({ ioHost, color: false, emojis: false, sdkConfig: { baseCredentials } });
  return { toolkit, lib };
}
