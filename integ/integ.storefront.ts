/** The storefront as an account gets it. `npm run integ -- --deploy` deploys it there, and destroys it afterwards. */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { Stack } from 'aws-cdk-lib/core';
import { storefront } from '../examples/storefront/services/app.js';

// Its data goes with it: nothing stays in the account but the snapshots of RDS.
const app = storefront({ stackName: 'StorefrontInteg', databases: {}, development: true, treeMetadata: false });

new IntegTest(app, 'Storefront', { testCases: app.node.children.filter((child) => Stack.isStack(child)) });
