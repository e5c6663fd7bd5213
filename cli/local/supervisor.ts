import { attachLocalCloud, LocalCloudError, startLocalCloud, type LocalCloud } from 'cdk-database-patterns-local';
import type { SupervisorMessage, SupervisorTask } from './messages.js';

/** The process that keeps the local cloud after `up` has returned. Everything that it started ends with it. */
const task = JSON.parse(process.argv[2] ?? '{}') as SupervisorTask;
let cloud: LocalCloud | undefined;
let stopping = false;
/** Milliseconds between two looks at a cloud that another process starts. */
const WAIT = 200;

function tell(message: SupervisorMessage): void {
  if (process.connected) process.send?.(message);
}

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  // during the start there is nothing to save: processes end with this one, and containers, which do not, are noted in
  // the state folder, where whoever asked for the end finds them (stopLocalCloud)
  await cloud?.stop();
  process.exit(0);
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void stop());
// whoever waits for the start is gone before it was ready
process.on('disconnect', () => {
  if (!cloud) process.exit(1);
});

/** Starts the cloud; `undefined` when another process was faster and its cloud is ready. */
async function start(): Promise<LocalCloud | undefined> {
  for (;;) {
    try {
      return await startLocalCloud({
        ...task,
        persist: task.target === 'embedded',
        onProgress: (progress) => {
          console.log(new Date().toISOString(), progress.part, progress.message);
          tell({ type: 'progress', progress });
        },
        onFailure: (reason) => {
          console.error(new Date().toISOString(), `${reason}; the local cloud was stopped`);
          process.exit(1);
        },
      });
    } catch (error) {
      if (!(error instanceof LocalCloudError) || error.code !== 'ALREADY_RUNNING') throw error;
    }
    const ready = await attachLocalCloud(task.stateDirectory).then(
      () => true,
      () => false,
    );
    if (ready) return undefined;
    tell({ type: 'waiting' });
    await new Promise((resolve) => setTimeout(resolve, WAIT));
  }
}

try {
  cloud = await start();
  tell({ type: 'ready' });
} catch (error) {
  console.error(error);
  tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
}
if (process.connected) process.disconnect();
