import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { App, CfnResource, Lazy, Stack, Tokenization } from 'aws-cdk-lib/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DomainEvents, Service } from '../../../../lib/index.js';
import { boundaryFindings } from '../../../../lib/private/boundary/boundary.js';
import { Marks } from '../../../../lib/private/boundary/marks.js';
import * as reading from '../../../../lib/private/boundary/reading.js';
import { newHandler, temporaryFolder } from '../../support/synthesis.js';

vi.mock('../../../../lib/private/boundary/reading.js', async (original) => {
  const module = await original<typeof reading>();
  return { ...module, read: vi.fn(module.read) };
});

afterEach(() => vi.restoreAllMocks());

/** What the check asks of an app with some services. */
interface Asked {
  /** Values that are read, a resource's properties being one. */
  readonly read: number;
  /** How often tokens of the services are asked for their values. */
  readonly tokens: number;
  /** Values that the CDK resolves for it. */
  readonly resolved: number;
  /** Templates of resources. */
  readonly rendered: number;
}

function asked(services: number): Asked {
  const app = new App({ outdir: temporaryFolder() });
  const stack = new Stack(app, 'Shop');
  const events = new DomainEvents(stack, 'Events');
  let tokens = 0;
  for (let n = 0; n < services; n += 1) {
    const service = new Service(stack, `Service${n}`, { events });
    const table = new dynamodb.TableV2(service, 'Table', {
      partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
    });
    const fn = newHandler(service);
    table.grantReadWriteData(fn);
    fn.addEnvironment('TABLE', table.tableName);
    const counted = Lazy.uncachedString({ produce: () => `${(tokens += 1)}` });
    fn.addEnvironment('COUNTED', counted);
    fn.addEnvironment('COUNTED_IN_JSON', stack.toJsonString({ counted }));
  }
  const read = vi.mocked(reading.read).mockClear();
  const resolve = vi.spyOn(Tokenization, 'resolve');
  const render = vi.spyOn(CfnResource.prototype, '_toCloudFormation');
  expect(boundaryFindings(app).size).toBe(0);
  return {
    read: read.mock.calls.length,
    tokens,
    // The CDK resolves within, on its own account.
    resolved: resolve.mock.calls.filter(([, { resolver }]) => resolver instanceof Marks).length,
    rendered: render.mock.calls.length,
  };
}

describe('the check of the boundary', () => {
  // A service here is a table, a role, a policy and a function; the bus is one more. Its function has a token twice.
  it.each([5, 50])(
    'reads each resource of %i services once, and has the CDK resolve and render nothing',
    (services) => {
      expect(asked(services)).toEqual({ read: 4 * services + 1, tokens: 2 * services, resolved: 0, rendered: 0 });
    },
  );
});
