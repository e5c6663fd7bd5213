import { Template } from 'aws-cdk-lib/assertions';
import { CfnResource, Fn, Stack, Tokenization } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import { expect, it } from 'vitest';
import { storefront } from '../../../../examples/storefront/services/app.js';
import { flatten } from '../../../../lib/private/boundary/intrinsics.js';
import { read } from '../../../../lib/private/boundary/reading.js';
import { Survey } from '../../../../lib/private/boundary/survey.js';
import { gallery } from '../../../security/gallery.js';
import { temporaryFolder } from '../../support/synthesis.js';
import { twoServices } from '../../support/two-services.js';

/** What stands for the partition, the region, the account: one that stands in another text the CDK's way does not keep. */
const PSEUDO = /\uE000[^\d\uE001]+\uE001/g;

const apps: Readonly<Record<string, () => IConstruct>> = {
  storefront: () => storefront({ outdir: temporaryFolder() }),
  gallery: () => gallery(),
};

it.each(Object.keys(apps))('of each resource of the %s it reads what the CDK would resolve', (name) => {
  const app = apps[name]?.();
  const survey = new Survey(app?.node.root ?? expect.fail());
  const resources = survey.resources.map(({ resource }) => resource).filter(CfnResource.isCfnResource);
  expect(resources.length).toBeGreaterThan(50);
  for (const resource of resources) {
    const properties: unknown = Reflect.get(resource, 'cfnProperties');
    const options = { scope: resource, resolver: survey.marks, preparing: false };
    const resolved = flatten(Tokenization.resolve(properties, options), Stack.of(resource), survey);
    expect(comparable(read(properties, resource, survey)), resource.node.path).toEqual(comparable(resolved));
  }
});

function comparable(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replace(PSEUDO, '?'));
}

it('leaves the template as it is, where the CDK would make a resource of a list in a JSON', () => {
  const world = twoServices();
  const handler = world.fn(world.owner);
  handler.addEnvironment('TABLE', world.stack.toJsonString({ parts: Fn.split('/', world.store.table.tableArn) }));
  const resource = handler.node.defaultChild;
  if (!CfnResource.isCfnResource(resource)) throw new Error('no resource');
  resource.addPropertyOverride('MemorySize', 512);
  const template = Template.fromStack(world.stack);
  template.resourceCountIs('Custom::AWSCDKCfnJsonStringify', 1);
  expect(JSON.stringify(template.toJSON())).not.toMatch(/[\uE000\uE001]/);
});
