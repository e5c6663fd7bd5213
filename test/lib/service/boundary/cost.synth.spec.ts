import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { App, CfnResource, Stack, Tokenization } from 'aws-cdk-lib/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DomainEvents, Service } from '../../../../lib/index.js';
import { boundaryFindings } from '../../../../lib/private/boundary/boundary.js';
import { Marks } from '../../../../lib/private/boundary/marks.js';
import { newHandler, temporaryFolder } from '../../support/synthesis.js';

afterEach(() => vi.restoreAllMocks());

/** What the check asks of an app with some services: how often it resolves, and how often it renders a template. */
function asked(services: number): { readonly resolved: number; readonly rendered: number } {
  const app = new App({ outdir: temporaryFolder() });
  const stack = new Stack(app, 'Shop');
  const events = new DomainEvents(stack, 'Events');
  for (let n = 0; n < services; n += 1) {
    const service = new Service(stack, `Service${n}`, { events });
    const table = new dynamodb.TableV2(service, 'Table', {
      partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
    });
    const fn = newHandler(service);
    table.grantReadWriteData(fn);
    fn.addEnvironment('TABLE', table.tableName);
  }
  const resolve = vi.spyOn(Tokenization, 'resolve');
  const render = vi.spyOn(CfnResource.prototype, '_toCloudFormation');
  expect(boundaryFindings(app).size).toBe(0);
  // The CDK resolves within, on its own account.
  const ours = resolve.mock.calls.filter(([, { resolver }]) => resolver instanceof Marks);
  const counted = { resolved: ours.length, rendered: render.mock.calls.length };
  vi.restoreAllMocks();
  return counted;
}

describe('the check of the boundary', () => {
  it('reads each resource once, and renders no template for it', () => {
    const [few, many] = [asked(5), asked(50)];
    // A service here is a table, a role, a policy and a function; the bus is one more.
    expect(few).toEqual({ resolved: 4 * 5 + 1, rendered: 0 });
    expect(many).toEqual({ resolved: 4 * 50 + 1, rendered: 0 });
  });
});
