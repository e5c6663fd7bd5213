/** The storefront as an account gets it. `npm run integ -- --deploy` deploys it there, and destroys it afterwards. */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { CfnResource, Stack } from 'aws-cdk-lib/core';
import { storefront } from '../examples/storefront/services/app.js';

// Its data goes with it: nothing stays in the account but the snapshots of RDS.
const app = storefront({ stackName: 'StorefrontInteg', databases: {}, development: true, treeMetadata: false });

// integ-runner leaves out the hashes of assets. This one is in a property, and of a stack that is always new.
for (const construct of app.node.findAll()) {
  if (CfnResource.isCfnResource(construct) && construct.cfnResourceType === 'Custom::DatabaseMigrations') {
    construct.addPropertyOverride('Checksum', 'as built');
  }
}

new IntegTest(app, 'Storefront', { testCases: app.node.children.filter((child) => Stack.isStack(child)) });
