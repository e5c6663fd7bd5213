import * as fs from 'node:fs';
import { attachLocalCloud, resetLocalCloud } from 'cdk-database-patterns-local';
import { readProject, stateDirectory } from '../project.js';
import { ensureUp } from './up.js';

/** `dbpatterns local reset` */
export async function reset(): Promise<void> {
  const directory = stateDirectory();
  const running = await attachLocalCloud(directory).catch(() => undefined);
  const existed = fs.existsSync(directory);
  await resetLocalCloud(directory);
  if (!running) {
    console.log(existed ? 'The state of the local cloud is forgotten.' : 'There was no state to forget.');
    return;
  }
  const { cloud } = await ensureUp({
    stateDirectory: directory,
    databases: readProject().databases,
    auth: running.auth,
    documentedLimits: running.documentedLimits,
    target: running.target,
  });
  console.log(`The local cloud started afresh at ${cloud.endpoint}.`);
}
