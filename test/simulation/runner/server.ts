import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../../local/postgres/server.js';
import { onFreePort } from '../../../local/processes/ports.js';
import type { Server } from '../models/postgres/engine.js';

/** A PostgreSQL for the time of an action. */
export async function withPostgres<T>(root: string, action: (server: Server) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'dbpatterns-simulation-'));
  const started = await onFreePort(undefined, (port) =>
    startPostgres({ directory, cache: join(root, '.local'), port, onMessage: () => undefined }),
  );
  try {
    return await action({ port: started.port, password: started.password });
  } finally {
    await started.process.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}
