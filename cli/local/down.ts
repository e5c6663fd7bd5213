import { stopLocalCloud } from 'cdk-database-patterns-local';
import { stateDirectory } from '../project.js';

/** `dbpatterns local down` */
export async function down(): Promise<void> {
  const stopped = await stopLocalCloud(stateDirectory());
  console.log(
    stopped ? 'The local cloud has ended; its state is kept for the next start.' : 'No local cloud was running.',
  );
}
