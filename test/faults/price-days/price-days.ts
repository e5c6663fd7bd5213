import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { type App, Duration, Stack } from 'aws-cdk-lib/core';
import { CommandApi, DomainEvents, DynamoDbStore, Projection, Service, View } from 'cdk-database-patterns';
import { build } from 'esbuild';
import type { Fold } from '../../support/checker/index.js';

/** Bundles the view's handler into a folder. */
export async function bundlePriceDays(directory: string): Promise<string> {
  const folder = join(directory, 'price-days');
  await build({
    entryPoints: [fileURLToPath(new URL('handler.ts', import.meta.url))],
    outfile: join(folder, 'index.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    mainFields: ['module', 'main'],
    external: ['@aws-sdk/*', '@smithy/*'],
  });
  return folder;
}

/**
 * Adds a view to the shop that it does not ask for: totals of streams that go on. A sale is one commit; a product gets
 * new prices, and each takes back what the one before contributed.
 */
export function addPriceDays(app: App, folder: string): App {
  const stack = app.node.children.find((child) => Stack.isStack(child));
  const events = stack?.node.findChild('Events');
  const commands = stack?.node.findChild('Catalog').node.findChild('Commands');
  if (!stack || !(events instanceof DomainEvents) || !(commands instanceof CommandApi)) {
    throw new TypeError('this is not the shop');
  }
  const pricing = new Service(stack, 'Pricing', { events });
  const view = new DynamoDbStore(pricing, 'Totals', { partitionKey: 'day', development: true });
  const handler = new Function(pricing, 'Handler', {
    runtime: Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: Code.fromAsset(folder),
    timeout: Duration.seconds(29),
  });
  new Projection(pricing, 'Days', { of: commands.stream, into: View.aggregate(view), handler });
  return app;
}

/** How the view follows from events. */
export const priceDays: Fold = {
  kind: 'totals',
  contributions: (events) =>
    events.slice(-1).map(({ data }) => {
      const { since, price } = data as { since: string; price: number };
      return { key: since, measures: { products: 1, pence: price } };
    }),
};
