/** What a synth takes before any construct of the kit is made. */
import { App, Stack } from 'aws-cdk-lib/core';

const app = new App({ analyticsReporting: false });
new Stack(app, 'Empty');
app.synth();
