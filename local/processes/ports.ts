import * as net from 'node:net';
import { LocalCloudError } from '../errors.js';

const ATTEMPTS = 5;

/** A port of 127.0.0.1 that is free now; the preferred one if it is. */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await listen(preferred)) !== undefined) return preferred;
  const port = await listen(0);
  if (port === undefined) throw new Error('no free port on 127.0.0.1');
  return port;
}

function listen(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}

/** Between finding a free port and taking it, another program can be faster: then the next one. */
export async function onFreePort<T>(preferred: number | undefined, action: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action(await freePort(attempt === 1 ? preferred : undefined));
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof LocalCloudError) || error.code !== 'PORT_TAKEN') throw error;
    }
  }
}
