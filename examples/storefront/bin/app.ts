import { Validations } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { storefront } from '../services/app.js';

const app = storefront();
const checks = new AwsSolutionsChecks(app);
// aws-cdk-lib 2.257 does not hand the construct tree to a plugin, so the plugin is handed to it.
Validations.of(app).addPlugins({ name: checks.name, validate: () => checks.validateScope(app) });
app.synth();
