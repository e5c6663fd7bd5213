import type http from 'node:http';
import { authorise } from './authorisation.js';
import type { Secrets } from './credentials.js';
import type { Engine, Session } from './engine.js';
import { DataApiError, LoginRefused } from './errors.js';
import { Pauses } from './pauses.js';
import { isOperation, readJson, readRequest, type Operation, type Request } from './request.js';
import { execute, executeBatch } from './statements.js';
import { inTime, STATEMENT_TIMEOUT, stop } from './timeouts.js';
import { Transactions, type TimeLimits } from './transactions.js';

/** What the service stands on. */
export interface DataApiBackend extends TimeLimits {
  /** The database engines, of which one has the cluster that a request names. */
  readonly engines: readonly Engine[];
  readonly secrets: Secrets;
  /** The emulator that is asked whether a caller is allowed to call; by default every caller is. */
  readonly iam?: string | undefined;
  /** Refuse rows over 64 KB, too, which Aurora's documentation does, but Aurora does not. @default false */
  readonly documentedLimits?: boolean | undefined;
}

/** The path, of this server only, that puts a cluster to sleep: `{ resourceArn, resumesIn }`. */
const PAUSE = '/_local/pause';
const RESUMES_IN = 15_000;

/** The operations of the RDS Data API. */
export class DataApiService {
  private readonly transactions: Transactions;
  private readonly pauses = new Pauses();
  private readonly timeout: number;
  /** Sessions of calls outside transactions, with what settles when they are free. */
  private readonly busy = new Map<Session, Promise<void>>();
  private closed = false;

  constructor(private readonly backend: DataApiBackend) {
    this.timeout = backend.statementTimeout ?? STATEMENT_TIMEOUT;
    this.transactions = new Transactions(backend);
  }

  /**
   * Does what the request asks for, if its caller may.
   *
   * @returns the response's JSON
   * @throws DataApiError
   */
  async handle(message: http.IncomingMessage, body: Buffer): Promise<string> {
    const path = message.url ?? '';
    if (message.method === 'POST' && path === PAUSE) return this.pause(body);
    if (message.method !== 'POST' || !isOperation(path)) {
      throw new DataApiError('UnknownOperationException', `the RDS Data API does not offer ${message.method} ${path}`);
    }
    if (this.backend.iam !== undefined) await authorise(this.backend.iam, message, body);
    const request = readRequest(path, body);
    this.pauses.assertAwake(request.resourceArn);
    return this.call(path, request);
  }

  /** Ends what runs, and the engines' sessions. */
  async close(): Promise<void> {
    this.closed = true;
    const stopped = [...this.busy].map(([session, running]) => stop(session, running));
    await Promise.all([this.transactions.closeAll(), ...stopped]);
    await Promise.all(this.backend.engines.map((engine) => engine.close()));
  }

  private async call(operation: Operation, request: Request): Promise<string> {
    switch (operation) {
      case '/Execute':
        return this.within(request, (session) =>
          inTime(session, () => execute(session, request, this.backend), this.timeout, request.continueAfterTimeout),
        );
      case '/BatchExecute':
        return this.within(request, (session) =>
          inTime(session, (signal) => executeBatch(session, request, signal), this.timeout),
        );
      case '/BeginTransaction':
        return JSON.stringify({ transactionId: await this.transactions.begin(await this.open(request), request) });
      case '/CommitTransaction':
        await this.transactions.commit(request.transactionId ?? '', request);
        return JSON.stringify({ transactionStatus: 'Transaction Committed' });
      case '/RollbackTransaction':
        await this.transactions.rollback(request.transactionId ?? '', request);
        return JSON.stringify({ transactionStatus: 'Rollback Complete' });
    }
  }

  /** Runs something in the request's transaction, or in a session of its own. */
  private async within<T>(request: Request, action: (session: Session) => Promise<T>): Promise<T> {
    if (request.transactionId !== undefined) return this.transactions.within(request.transactionId, request, action);
    const session = await this.open(request);
    let ended: () => void = () => undefined;
    this.busy.set(session, new Promise((resolve) => (ended = resolve)));
    let running: Promise<unknown> | undefined;
    try {
      return await action(session);
    } catch (error) {
      running = error instanceof DataApiError ? error.running : undefined;
      throw error;
    } finally {
      // before the answer: the next call must find nothing of this one
      const free = async () => {
        this.busy.delete(session);
        ended();
        await session.release();
      };
      if (running) void running.then(free, free);
      else await free();
    }
  }

  private async open(request: Request): Promise<Session> {
    const session = await this.login(request);
    if (!this.closed) return session;
    await session.release();
    throw new DataApiError('DatabaseUnavailableException', 'the RDS Data API ends');
  }

  private async login({ resourceArn, secretArn, database }: Request): Promise<Session> {
    const engine = await this.engineOf(resourceArn);
    const { secrets } = this.backend;
    try {
      return await engine.open(resourceArn, { ...(await secrets.read(secretArn, resourceArn)), database });
    } catch (error) {
      if (!(error instanceof LoginRefused)) throw error;
      secrets.forget(secretArn);
      return engine.open(resourceArn, { ...(await secrets.read(secretArn, resourceArn)), database });
    }
  }

  private async engineOf(resourceArn: string): Promise<Engine> {
    for (const engine of this.backend.engines) if (await engine.has(resourceArn)) return engine;
    const message = `HttpEndpoint is not enabled for resource ${resourceArn}`;
    throw new DataApiError('HttpEndpointNotEnabledException', message);
  }

  private pause(body: Buffer): string {
    const { resourceArn, resumesIn = RESUMES_IN } = readJson(body);
    if (typeof resourceArn !== 'string' || typeof resumesIn !== 'number') {
      throw new DataApiError('ValidationException', 'expected { "resourceArn": text, "resumesIn": milliseconds }');
    }
    this.pauses.pause(resourceArn, resumesIn);
    return '{}';
  }
}
