import type { App } from 'aws-cdk-lib/core';
import { expect, it } from 'vitest';
import { storefront } from '../../../examples/storefront/services/app.js';
import { deploy } from '../../../local/index.js';
import { assemblySource } from '../../../local/deploy/app.js';
import { withEnvironment } from '../../../local/deploy/environment.js';
import { QuietIoHost } from '../../../local/deploy/io-host.js';
import { placeOf } from '../../../local/deploy/place.js';
import { createToolkit } from '../../../local/deploy/toolkit.js';
import { cloud, unique, uniqueDatabase } from '../../support/cloud.js';

it(
  '`cdk diff` has nothing to say right after a deployment, and something after a change',
  { timeout: 180_000 },
  async (context) => {
    const running = await cloud();
    context.skip(running.target !== 'embedded', 'the difference is between templates, wherever they are');
    const [catalog, insights] = [await uniqueDatabase('catalog'), await uniqueDatabase('insights')];
    const stackName = unique('Storefront');
    const databases = {
      catalog: { ...catalog, databaseName: catalog.database },
      insights: { ...insights, databaseName: insights.database },
    };
    const shop =
      (development: boolean) =>
      (outdir: string): App =>
        storefront({ outdir, stackName, databases, development });
    /** How many differences the CDK sees between what is deployed and what the app becomes now. */
    const differences = (development: boolean): Promise<number> =>
      withEnvironment(placeOf(running).environment, async () => {
        const { toolkit, lib } = await createToolkit(placeOf(running), new QuietIoHost());
        const source = await assemblySource(toolkit, { app: shop(development) }, placeOf(running));
        const found = await toolkit.diff(source, { method: lib.DiffMethod.TemplateOnly() });
        return Object.values(found).reduce((sum, { differenceCount }) => sum + differenceCount, 0);
      });

    await deploy({ cloud: running, app: shop(true) });

    expect(await differences(true)).toBe(0);
    expect(await differences(false)).toBeGreaterThan(0);
  },
);
