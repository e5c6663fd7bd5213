import { App, Stack } from 'aws-cdk-lib/core';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { describe, expect, it, vi } from 'vitest';
import { InAccount } from '../../../examples/storefront/demo/in-account.js';
import { awsAccount, deploy, destroy } from '../../../local/index.js';
import { cloud } from '../../support/cloud.js';

describe('the demo in an account', () => {
  it('asks first, and does nothing where nobody can be asked', async () => {
    await cloud();
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
});
