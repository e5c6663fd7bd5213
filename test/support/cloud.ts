import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib/core';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { attachLocalCloud, bootstrap, deploy, startLocalCloud, targetOf, type LocalCloud } from '../../local/index.js';
import { unique } from './unique.js';

export { unique };

declare module 'vitest' {
  export interface ProvidedContext {
    /** Folder of the local cloud that all test files share. */
    localCloud: string;
  }
}

/**
 * vitest's globalSetup: one cloud for all test files of a run, with IAM and the documented limits of the RDS Data API
 * enforced where the target can.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stateDirectory = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-test-'));
  fs.chmodSync(stateDirectory, 0o755);
  const target = targetOf(process.env.DBPATTERNS_TEST_TARGET ?? 'embedded');
  const running = await startLocalCloud({
    stateDirectory,
    auth: target === 'embedded',
    documentedLimits: target !== 'localstack',
    target,
    onFailure: (reason) => console.error(`the local cloud of this test run is gone: ${reason}`),
  });
  await bootstrap(running);
  project.provide('localCloud', stateDirectory);
  return async () => {
    await running.stop();
    fs.rmSync(stateDirectory, { recursive: true, force: true });
  };
}

let attached: Promise<LocalCloud> | undefined;

/** The running cloud, in a test file. Its environment is also this process's, so that clients need no options. */
export function cloud(): Promise<LocalCloud> {
  return (attached ??= attach());
}

/** A database of its own for a test file. */
export async function uniqueDatabase(name: string) {
  return (await cloud()).createDatabase(unique(name, '_'));
}

/**
 * Deploys one stack under a unique name.
 *
 * @returns the name that it got, and its outputs by their keys
 */
export async function deployStack(
  name: string,
  build: (stack: Stack) => void,
): Promise<{ stackName: string; outputs: Record<string, string> }> {
  const running = await cloud();
  const stackName = unique(name);
  const outputs = await deploy({
    cloud: running,
    app: (outdir) => {
      const app = new App({ outdir, analyticsReporting: false });
      build(new Stack(app, stackName, { env: { account: running.accountId, region: running.region } }));
      return app;
    },
  });
  return { stackName, outputs: outputs[stackName] ?? {} };
}

async function attach(): Promise<LocalCloud> {
  const running = await attachLocalCloud(inject('localCloud'));
  Object.assign(process.env, running.environment);
  return running;
}
