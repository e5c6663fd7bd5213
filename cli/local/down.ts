import { attachLocalCloud, stopLocalCloud } from 'cdk-database-patterns-local';
import { stateDirectory } from '../project.js';

/** `dbpatterns local down` */
export async function down(): Promise<void> {
  const cloud = await attachLocalCloud(stateDirectory()).catch(() => undefined);
  if (!(await stopLocalCloud(stateDirectory()))) console.log('No local cloud was running.');
  else if (cloud === undefined) console.log('What was left of a local cloud has ended.');
  else if (cloud.target === 'embedded') console.log('The local cloud has ended; its state is kept for the next start.');
  else console.log('The local cloud has ended, and its state with it: LocalStack keeps none.');
}
