import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { kill, withPort, workersIn } from '../../faults/workers.js';

/**
 * A server that kills whoever sends it a request, at once: what calls it dies in the middle of its work.
 *
 * @param stateDirectory of the cloud whose functions call it
 */
export async function killingServer(
  stateDirectory: string,
): Promise<{ url: string; killed: number[]; close: () => void }> {
  const killed: number[] = [];
  const server: Server = createServer((request) => {
    const worker = withPort(request.socket.remotePort ?? 0, workersIn(stateDirectory));
    if (worker === undefined) throw new Error('nobody to kill: the caller is no function of this cloud');
    killed.push(worker.pid);
    kill(worker);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, killed, close: () => void server.close() };
}
