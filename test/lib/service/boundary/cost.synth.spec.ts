import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { App, CfnResource, type IResolveContext, Lazy, Stack, Token, Tokenization } from 'aws-cdk-lib/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DomainEvents, Service } from '../../../../lib/index.js';
import { boundaryFindings } from '../../../../lib/private/boundary/boundary.js';
import { Marks } from '../../../../lib/private/boundary/marks.js';
import { newHandler, temporaryFolder } from '../../support/synthesis.js';

afterEach(() => vi.restoreAllMocks());

/** What the check asks of an app with some services. */
interface Asked {
  /** How often a resource is asked for its properties. */
  properties: number;
  /** How often a token, of which each service has two, is asked for its value. */
  tokens: number;
  /** How often the text of a property, of which each service has one, is looked at. */
  walked: number;
  /** Values that the CDK resolves for it. */
  resolved: number;
  /** Templates of resources. */
  rendered: number;
}

function asked(services: number): Asked {
  const app = new App({ outdir: temporaryFolder() });
  const stack = new Stack(app, 'Shop');
  const events = new DomainEvents(stack, 'Events');
  const count = { properties: 0, tokens: 0, walked: 0 };
  // What a token's post-processor returns nobody copies.
  const value = {
    get looked(): string {
      count.walked += 1;
      return 'text';
    },
  };
  for (let n = 0; n < services; n += 1) {
    const service = new Service(stack, `Service${n}`, { events });
    const table = new dynamodb.TableV2(service, 'Table', {
      partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
    });
    const fn = newHandler(service);
    table.grantReadWriteData(fn);
    fn.addEnvironment('TABLE', table.tableName);
    const counted = Lazy.uncachedString({ produce: () => `${(count.tokens += 1)}` });
    fn.addEnvironment('COUNTED', counted);
    fn.addEnvironment('COUNTED_IN_JSON', stack.toJsonString({ counted }));
    const processed = {
      produce: (context: IResolveContext) => context.registerPostProcessor({ postProcess: () => value }),
    };
    fn.addEnvironment('WALKED', Token.asString(Lazy.uncachedAny(processed)));
  }
  for (const resource of app.node.findAll().filter((each) => CfnResource.isCfnResource(each))) {
    const properties: unknown = Reflect.get(resource, 'cfnProperties');
    const get = (): unknown => {
      count.properties += 1;
      return properties;
    };
    Object.defineProperty(resource, 'cfnProperties', { get });
  }
  const resolve = vi.spyOn(Tokenization, 'resolve');
  const render = vi.spyOn(CfnResource.prototype, '_toCloudFormation');
  expect(boundaryFindings(app).size).toBe(0);
  // The CDK resolves within, on its own account.
  const resolved = resolve.mock.calls.filter(([, { resolver }]) => resolver instanceof Marks).length;
  return { ...count, resolved, rendered: render.mock.calls.length };
}

describe('the check of the boundary', () => {
  // A service here is a table, a role, a policy and a function; the bus is one more.
  it.each([5, 50])('reads each resource of %i services once, walks it once, and has the CDK do none of it', (n) => {
    expect(asked(n)).toEqual({ properties: 4 * n + 1, tokens: 2 * n, walked: n, resolved: 0, rendered: 0 });
  });
});
