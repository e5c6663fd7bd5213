import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that kills whoever sends it a request, at once: what calls it dies in the middle of its work. */
export async function killingServer(): Promise<{ url: string; killed: number[]; close: () => void }> {
  const killed: number[] = [];
  const server: Server = createServer((request) => {
    const pid = processWithPort(request.socket.remotePort ?? 0);
    if (pid === undefined || pid === process.pid) throw new Error('nobody to kill: the caller is not on this machine');
    killed.push(pid);
    process.kill(pid, 'SIGKILL');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, killed, close: () => void server.close() };
}

/** Whether `/proc` tells which process has a port. */
export const canTellProcesses = process.platform === 'linux';

/** The process whose end of a connection has this port. */
function processWithPort(port: number): number | undefined {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => readFileSync(file, 'utf8').split('\n'));
  const inodes = tables
    .map((row) => row.trim().split(/\s+/))
    .flatMap((row) => (row[1]?.endsWith(local) ? [row[9]] : []));
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).find((pid) => socketsOf(pid).some((inode) => inodes.includes(inode)));
}

function socketsOf(pid: number): string[] {
  try {
    const links = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    return links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
  } catch {
    return []; // it has ended, or it is another user's
  }
}
