/** The CDK app of this repository: it deploys the storefront, as `npx cdk deploy` or `npx dbpatterns deploy` here. */
import { storefront } from '../examples/storefront/services/app.js';

storefront().synth();
