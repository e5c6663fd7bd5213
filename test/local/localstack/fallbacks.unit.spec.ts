import { describe, expect, it } from 'vitest';
import { isFallback, refuseFallbacks, unmigrated } from '../../../local/deploy/fallbacks.js';

/** As LocalStack 4.14.0 lists it: test/local/localstack/gaps.int.spec.ts sees it do so. */
const listed = (type: string, resource = 'Thing', stack = 'Storefront') => ({
  stack,
  resource,
  type,
  physicalId: 'unknown',
  metadata: {},
});

describe('a resource that a cloud left out', () => {
  it('is told by its physical id', () => {
    expect(isFallback(listed('AWS::RDS::DBCluster'))).toBe(true);
    expect(isFallback({ ...listed('AWS::RDS::DBCluster'), physicalId: 'storefront-cluster' })).toBe(false);
  });

  it('fails the deployment, together with all others that are missing, by the paths of their constructs', () => {
    const pipe = { ...listed('AWS::Pipes::Pipe', 'Pipe0A1B'), metadata: { 'aws:cdk:path': 'Storefront/Relay/Pipe' } };
    expect(() => refuseFallbacks([listed('AWS::RDS::DBCluster', 'Cluster'), pipe])).toThrow(
      expect.objectContaining({
        code: 'TARGET_LACKS',
        message: expect.stringMatching(
          /Storefront: Cluster \(AWS::RDS::DBCluster\)\n {2}Storefront: Storefront\/Relay\/Pipe \(AWS::Pipes::Pipe\)/,
        ),
      }),
    );
  });

  it('is let pass where something else does its work', () => {
    expect(() => refuseFallbacks([listed('Custom::DatabaseMigrations')])).not.toThrow();
  });

  it('is done by the deployment where it is migrations, once for each stack', () => {
    const migrations = (stack: string, resource: string) => listed('Custom::DatabaseMigrations', resource, stack);
    const left = [migrations('A', 'One'), migrations('A', 'Other'), migrations('B', 'One'), listed('Custom::Other')];
    expect(unmigrated(left)).toEqual(['A', 'B']);
  });
});
