import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import * as iam from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { countsAs } from '../../../../lib/private/boundary/managed-policies.js';

/** Those that reach stores, of which the CDK attaches some to roles that it makes by itself. */
const REACHING = new Set([
  // CodeDeploy reads any object, and calls any function.
  'AWSCodeDeployRoleForECS',
  'AWSServiceCatalogAdminFullAccess',
  // Clusters read any bucket.
  'AmazonEMRServicePolicy_v2',
  'AmazonElasticMapReduceRole',
  'AmazonElasticMapReduceforAutoScalingRole',
  'AmazonSageMakerFullAccess',
  'ReadOnlyAccess',
]);

/** The names of all policies that the CDK's own code attaches. */
function attached(): Set<string> {
  const root = dirname(createRequire(import.meta.url).resolve('aws-cdk-lib/package.json'));
  const names = new Set<string>();
  for (const folder of readdirSync(root).filter((each) => each.startsWith('aws-') || each === 'custom-resources')) {
    for (const file of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      if (file.endsWith('.js')) {
        const text = readFileSync(join(root, folder, file), 'utf8');
        for (const [, name = ''] of text.matchAll(/fromAwsManagedPolicyName\("([^"]+)"/g)) {
          names.add(name);
        }
      }
    }
  }
  return names;
}

describe('the AWS-managed policies that the CDK itself attaches', () => {
  it('count as nothing, but for those that reach stores', () => {
    const all = [...attached()];
    expect(all.length).toBeGreaterThan(25);
    const refused = all.filter((name) => {
      const { managedPolicyArn } = iam.ManagedPolicy.fromAwsManagedPolicyName(name);
      return countsAs(managedPolicyArn.replace(/\$\{[^}]*\}/g, 'aws')).length > 0;
    });
    expect(refused.map((name) => name.slice(name.lastIndexOf('/') + 1)).filter((name) => !REACHING.has(name))).toEqual(
      [],
    );
  });
});
