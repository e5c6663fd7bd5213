import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { LocalCloudError } from '../errors.js';
import { DataApiError, toDataApiError } from './errors.js';
import { DataApiService, type DataApiBackend } from './service.js';

/** A Data API that listens; it serves when its backend is known. */
export interface DataApiServer {
  readonly endpoint: string;
  readonly port: number;
  serve(backend: DataApiBackend): void;
  close(): Promise<void>;
}

/** Where a server listens and what it is called. */
export interface ListenOptions {
  /** @default 127.0.0.1 */
  readonly host?: string | undefined;
  /** Names in the Host header that are answered besides the host, 127.0.0.1, [::1] and localhost. @default none */
  readonly allowedHosts?: readonly string[] | undefined;
}

/** The service refuses larger requests. */
const BODY_LIMIT = 4 * 1024 * 1024;

/**
 * Listens on 127.0.0.1 at once, because other parts must know the address before they start.
 *
 * @param port 0 for any
 * @throws LocalCloudError `PORT_TAKEN`
 */
export async function listenDataApi(port: number, options: ListenOptions = {}): Promise<DataApiServer> {
  const { host = '127.0.0.1', allowedHosts = [] } = options;
  const name = nameOf(host);
  const names = new Set([name, '127.0.0.1', '[::1]', 'localhost', ...allowedHosts]);
  let ready: (service: DataApiService) => void = () => undefined;
  const service = new Promise<DataApiService>((resolve) => (ready = resolve));
  const server = http.createServer((request, response) => void answer(request, response, service, names));
  // longer than the SDK's own, so that the SDK never sends into a connection that is closing
  server.keepAliveTimeout = 75_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE';
      const message = `port ${port} of ${host} is taken by another program`;
      reject(taken ? new LocalCloudError('PORT_TAKEN', message, { cause }) : cause);
    });
    server.listen({ port, host }, resolve);
  });
  const address = server.address();
  const actual = typeof address === 'object' && address ? address.port : port;
  let serving: DataApiService | undefined;
  return {
    endpoint: `http://${name}:${actual}`,
    port: actual,
    serve(backend) {
      serving = new DataApiService(backend);
      ready(serving);
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await serving?.close();
    },
  };
}

/** What a host is called in a URL; every address of a machine is called by the first. */
function nameOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

async function answer(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  service: Promise<DataApiService>,
  names: ReadonlySet<string>,
): Promise<void> {
  try {
    assertAddressed(request.headers.host, names);
    const body = await readBody(request);
    send(response, 200, await (await service).handle(request, body));
  } catch (error) {
    const { status, body, code } = toDataApiError(error);
    send(response, status, body, code);
  }
}

/** A page in a browser can send requests to 127.0.0.1 under a name of its own; no client of ours does. */
function assertAddressed(host: string | undefined, names: ReadonlySet<string>): void {
  if (names.has(host?.replace(/:\d+$/, '') ?? '')) return;
  throw new DataApiError('ForbiddenException', `this RDS Data API answers to ${[...names].join(', ')} only`);
}

async function readBody(request: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  // the service counts the headers, too
  let size = request.rawHeaders.reduce((sum, part) => sum + part.length, 0);
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // read to its end all the same: a connection that is cut off takes the answer, and the next request, with it
    if (size <= BODY_LIMIT) chunks.push(chunk);
  }
  if (size > BODY_LIMIT) {
    throw new DataApiError('ValidationException', `the request is larger than ${BODY_LIMIT} bytes`);
  }
  return Buffer.concat(chunks);
}

function send(response: http.ServerResponse, status: number, body: string, error?: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'x-amzn-requestid': randomUUID(),
    ...(error ? { 'x-amzn-errortype': error } : {}),
  });
  response.end(body);
}
