import http from 'node:http';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Superuser } from '../postgres/databases.js';
import { LocalCloudError } from '../errors.js';
import { authorise } from './authorisation.js';
import { SecretReader } from './credentials.js';
import { ClusterDirectory } from './directory.js';
import { DataApiError, fromEngine } from './errors.js';
import { Sessions, type SessionRequest } from './sessions.js';
import { changesSession, execute, type StatementRequest } from './statements.js';
import { Transactions } from './transactions.js';

/** What the server stands on. */
export interface DataApiBackend {
  readonly postgres: Superuser;
  /** Reads the secrets that callers name. */
  readonly secrets: SecretsManagerClient;
  /** The emulator that is asked whether a caller is allowed to call; by default every caller is. */
  readonly iam?: string | undefined;
  /** Milliseconds without a call after which a transaction is rolled back; 3 minutes by default, as in the service. */
  readonly transactionIdleTimeout?: number;
  /** Milliseconds after which a statement is ended; 45 s by default, as in the service. */
  readonly statementTimeout?: number;
}

/** A Data API that listens; it serves when its backend is known. */
export interface DataApiServer {
  readonly endpoint: string;
  readonly port: number;
  serve(backend: DataApiBackend): void;
  close(): Promise<void>;
}

interface Request extends SessionRequest, StatementRequest {
  readonly transactionId?: string;
  readonly schema?: string;
}

const STATEMENT_TIMEOUT = 45_000;
const BODY_LIMIT = 4 * 1024 * 1024;

/**
 * Listens on 127.0.0.1 at once, because other parts must know the address before they start.
 *
 * @param port 0 for any
 * @throws LocalCloudError `PORT_TAKEN`
 */
export async function listenDataApi(port: number): Promise<DataApiServer> {
  let ready: (handlers: Handlers) => void = () => undefined;
  const handlers = new Promise<Handlers>((resolve) => (ready = resolve));
  const server = http.createServer((request, response) => void answer(request, response, handlers));
  // longer than the SDK's own, so that the SDK never sends into a connection that is closing
  server.keepAliveTimeout = 75_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE';
      reject(
        taken
          ? new LocalCloudError('PORT_TAKEN', `port ${port} of 127.0.0.1 is taken by another program`, { cause })
          : cause,
      );
    });
    server.listen({ port, host: '127.0.0.1' }, resolve);
  });
  const address = server.address();
  const actual = typeof address === 'object' && address ? address.port : port;
  let serving: Handlers | undefined;
  return {
    endpoint: `http://127.0.0.1:${actual}`,
    port: actual,
    serve(backend) {
      serving = new Handlers(backend);
      ready(serving);
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await serving?.close();
    },
  };
}

class Handlers {
  private readonly directory: ClusterDirectory;
  private readonly sessions: Sessions;
  private readonly transactions: Transactions;
  private readonly timeout: number;

  constructor(private readonly backend: DataApiBackend) {
    this.timeout = backend.statementTimeout ?? STATEMENT_TIMEOUT;
    this.directory = new ClusterDirectory(backend.postgres);
    const secrets = new SecretReader(backend.secrets);
    this.sessions = new Sessions(backend.postgres.port, this.directory, secrets, this.timeout);
    this.transactions = new Transactions(backend.transactionIdleTimeout);
  }

  /** Does what the request asks for, if its caller may. */
  async handle(message: http.IncomingMessage, body: Buffer): Promise<string> {
    if (this.backend.iam !== undefined) await authorise(this.backend.iam, message, body);
    return this.call(message.url ?? '', parse(body));
  }

  private async call(path: string, request: Request): Promise<string> {
    switch (path) {
      case '/Execute':
        return this.execute(request);
      case '/BeginTransaction':
        return this.begin(request);
      case '/CommitTransaction':
        await this.transactions.end(requireId(request), request, 'COMMIT');
        return JSON.stringify({ transactionStatus: 'Transaction Committed' });
      case '/RollbackTransaction':
        await this.transactions.end(requireId(request), request, 'ROLLBACK');
        return JSON.stringify({ transactionStatus: 'Rollback Complete' });
      default:
        throw new DataApiError('BadRequestException', `the local RDS Data API does not offer ${path}`);
    }
  }

  async close(): Promise<void> {
    this.transactions.close();
    await Promise.all([this.sessions.close(), this.directory.close()]);
  }

  private async execute(request: Request): Promise<string> {
    const id = request.transactionId;
    if (id) {
      try {
        return await this.transactions.within(id, request, (client) => execute(client, request, this.timeout));
      } catch (error) {
        // a result that is too large costs the whole transaction
        if (error instanceof DataApiError && error.code === 'UnsupportedResultException')
          await this.transactions.abandon(id);
        throw error;
      }
    }
    const client = await this.sessions.open(request);
    let running: Promise<unknown> | undefined;
    try {
      return await execute(client, request, this.timeout);
    } catch (error) {
      running = error instanceof DataApiError ? error.running : undefined;
      throw error;
    } finally {
      void Promise.allSettled([running]).then(() => client.release(changesSession(client, request.sql)));
    }
  }

  private async begin(request: Request): Promise<string> {
    const client = await this.sessions.open(request);
    const owner = { resourceArn: request.resourceArn ?? '', secretArn: request.secretArn ?? '' };
    return JSON.stringify({ transactionId: await this.transactions.begin(client, owner) });
  }
}

function requireId(request: Request): string {
  if (!request.transactionId) throw new DataApiError('BadRequestException', 'transactionId is missing');
  return request.transactionId;
}

async function answer(request: http.IncomingMessage, response: http.ServerResponse, handlers: Promise<Handlers>) {
  try {
    assertLocal(request.headers.host);
    const body = await readBody(request);
    send(response, 200, await (await handlers).handle(request, body));
  } catch (error) {
    const failure = fromEngine(error);
    send(response, failure.status, JSON.stringify({ message: failure.message }), failure.code);
  }
}

/** A page in a browser can send requests to 127.0.0.1 under a name of its own; no client of ours does. */
function assertLocal(host: string | undefined): void {
  const name = host?.replace(/:\d+$/, '');
  if (name !== '127.0.0.1' && name !== 'localhost') {
    throw new DataApiError('ForbiddenException', 'the local RDS Data API answers to 127.0.0.1 and localhost only');
  }
}

async function readBody(request: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT)
      throw new DataApiError('BadRequestException', `the request is larger than ${BODY_LIMIT} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parse(body: Buffer): Request {
  try {
    return JSON.parse(body.toString('utf8')) as Request;
  } catch (cause) {
    throw new DataApiError('BadRequestException', 'the body is not JSON', { cause });
  }
}

function send(response: http.ServerResponse, status: number, body: string, error?: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(error ? { 'x-amzn-errortype': error } : {}),
  });
  response.end(body);
}
