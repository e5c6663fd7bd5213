import * as fs from 'node:fs';
import { join } from 'node:path';
import { childrenOf, gone, identify, signal } from '../processes/identity.js';
import { dataHome } from '../processes/user.js';
import type { PostgresServer } from './server.js';

const END_WITHIN = 5_000;

/**
 * Kills PostgreSQL as a crash of its machine's memory would: at once, its sessions with it. What was committed is there
 * again after the next start.
 *
 * @param directory the server's folder
 */
export async function crashPostgres(directory: string, server: PostgresServer): Promise<void> {
  const mark = join(dataHome(directory), 'data', 'postmaster.pid');
  const postmaster = Number(fs.readFileSync(mark, 'utf8').split('\n')[0]);
  // held, so that it starts no session between the listing and the end
  signal(postmaster, 'SIGSTOP');
  const all = [postmaster, ...childrenOf(postmaster)].flatMap((pid) => identify(pid) ?? []);
  for (const { pid } of all) signal(pid, 'SIGKILL');
  await gone(all, END_WITHIN);
  await server.process.exited;
}
