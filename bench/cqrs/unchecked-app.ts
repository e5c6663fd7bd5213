/** The app as it is, without the check of the boundary: every stage says that it is checked already. */
import { Stage } from 'aws-cdk-lib/core';

Object.defineProperty(Stage.prototype, Symbol.for('cdk-database-patterns.Boundary'), { value: true });
await import('../../bin/app.js');
