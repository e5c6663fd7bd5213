import { describe, expect, it } from 'vitest';
import { isFallback, refuseFallbacks } from '../../../local/deploy/fallbacks.js';

/** As LocalStack 4.14.0 says it: test/local/localstack/gaps.int.spec.ts sees it say so. */
const said = (type: string, resource = 'Thing') => ({
  stack: 'Storefront',
  resource,
  type,
  reason: `Resource type ${type} is not supported but was deployed as a fallback`,
});

describe('a resource that a cloud left out', () => {
  it('is told by what the cloud says of it', () => {
    expect(isFallback(said('AWS::RDS::DBCluster'))).toBe(true);
    expect(isFallback({ ...said('AWS::RDS::DBCluster'), reason: '' })).toBe(false);
  });

  it('fails the deployment, together with all others that are missing', () => {
    const fallbacks = [said('AWS::RDS::DBCluster', 'Cluster'), said('AWS::Pipes::Pipe', 'Pipe')];
    expect(() => refuseFallbacks(fallbacks)).toThrow(
      expect.objectContaining({
        code: 'TARGET_LACKS',
        message: expect.stringMatching(
          /Storefront: Cluster \(AWS::RDS::DBCluster\)\n {2}Storefront: Pipe \(AWS::Pipes::Pipe\)/,
        ),
      }),
    );
  });

  it('is let pass where something else does its work', () => {
    expect(() => refuseFallbacks([said('Custom::DatabaseMigrations')])).not.toThrow();
  });
});
