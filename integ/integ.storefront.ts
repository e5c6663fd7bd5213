/** The storefront as an account gets it. `npm run integ -- --deploy` deploys it there, and destroys it afterwards. */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { CfnResource, Names, Stack } from 'aws-cdk-lib/core';
import { storefront } from '../examples/storefront/services/app.js';

// Its data goes with it: nothing stays in the account but the snapshots of RDS.
const app = storefront({ stackName: 'StorefrontInteg', databases: {}, development: true, treeMetadata: false });

// integ-runner leaves out the hashes of assets. These are in a property and in the ids of versions, of a stack that is
// always new.
for (const construct of app.node.findAll()) {
  if (!CfnResource.isCfnResource(construct)) continue;
  if (construct.cfnResourceType === 'Custom::DatabaseMigrations') {
    construct.addPropertyOverride('Checksum', 'as built');
  }
  if (construct.cfnResourceType === 'AWS::Lambda::Version') {
    construct.overrideLogicalId(Names.uniqueId(construct));
  }
}

new IntegTest(app, 'Storefront', { testCases: app.node.children.filter((child) => Stack.isStack(child)) });
