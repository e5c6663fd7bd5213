import * as fs from 'node:fs';
import { join } from 'node:path';
import { ComposeProject } from '../localstack/compose.js';
import { notedGuard } from '../processes/guarded.js';
import { gone, lives, signal, type ProcessIdentity } from '../processes/identity.js';
import { dataHome } from '../processes/user.js';
import type { StateFolder } from './state.js';

const GRACE = 20_000;

/** The guards of the emulator and of the engines, living or dead. */
export function guardsOf(folder: StateFolder): ProcessIdentity[] {
  const parts = [folder.emulator, dataHome(folder.postgres), dataHome(folder.mariaDb)];
  return parts.flatMap((part) => notedGuard(join(part, 'exit')) ?? []);
}

/**
 * Waits for what an earlier owner left running to end, as its guards see to it, and ends it if they do not. Containers
 * have no guards: they are taken down.
 *
 * @throws LocalCloudError `EMULATOR_FAILED` where Docker did not do so, with what it said
 */
export async function endLeftovers(folder: StateFolder, onWait: () => void): Promise<void> {
  const guards = guardsOf(folder);
  if (guards.some(lives)) {
    onWait();
    if (!(await gone(guards, GRACE))) {
      for (const guard of guards.filter(lives)) signal(-guard.pid, 'SIGKILL');
      await gone(guards, GRACE);
    }
  }
  const containers = new ComposeProject(folder);
  if (containers.exists()) {
    onWait();
    await containers.down();
  }
  folder.remove();
  fs.mkdirSync(folder.emulator, { recursive: true });
  fs.mkdirSync(folder.postgres, { recursive: true });
}
