import * as http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { operationOf, type Call, type Reply } from './calls.js';

/** The connection breaks instead of an answer. */
export class Reset extends Error {
  override readonly name = 'Reset';
}

/** Passes a call on, and gives the service's answer. */
export type Next = (call: Call) => Promise<Reply>;

/** What stands in the way of a call: it passes it on, or does not, or does so later, twice, or with another answer. */
export type Obstacle = (call: Call, next: Next) => Promise<Reply>;

/**
 * Stands between callers and services: one door per caller and service, so that it is known who calls. Without obstacles
 * it passes everything on as it is.
 */
export class Gateway {
  private readonly doors: Door[] = [];
  private readonly obstacles = { service: new Set<Obstacle>(), network: new Set<Obstacle>() };
  private passing = 0;
  private readonly agent = new http.Agent({ keepAlive: true, keepAliveMsecs: 1_000, maxSockets: 256 });

  /** Opens a door and gives its address. */
  async open(caller: string, to: Call['to'], target: string): Promise<string> {
    const door = new Door(caller, to, (call) => this.handle(new URL(target), call));
    await door.listen();
    this.doors.push(door);
    return door.url;
  }

  /**
   * Puts an obstacle in the way of all calls, before those that are there already; those that play the service itself lie
   * behind those that play the network. The result takes it away.
   */
  add(obstacle: Obstacle, layer: 'service' | 'network' = 'network'): () => void {
    this.obstacles[layer].add(obstacle);
    return () => void this.obstacles[layer].delete(obstacle);
  }

  /**
   * Has nobody listen at some doors, and breaks their connections. The result opens them again.
   *
   * @param onBroken - told of each connection that was broken
   */
  async refuse(
    isMeant: (caller: string, to: Call['to']) => boolean,
    onBroken: () => void = () => undefined,
  ): Promise<() => Promise<void>> {
    const meant = this.doors.filter(({ caller, to }) => isMeant(caller, to));
    await Promise.all(meant.map((door) => door.shut(onBroken)));
    return async () => void (await Promise.all(meant.map((door) => door.listen())));
  }

  /** How many calls have no answer yet. */
  get busy(): number {
    return this.passing;
  }

  async close(): Promise<void> {
    await Promise.all(this.doors.map((door) => door.shut()));
    this.agent.destroy();
  }

  private async handle(target: URL, call: Call): Promise<Reply> {
    let next: Next = (passed) => passOn(this.agent, target, passed);
    for (const obstacle of [...this.obstacles.service, ...this.obstacles.network]) {
      const inner = next;
      next = (passed) => obstacle(passed, inner);
    }
    this.passing += 1;
    try {
      return await next(call);
    } finally {
      this.passing -= 1;
    }
  }
}

/** Where one caller reaches one service. */
class Door {
  private readonly server: http.Server;
  private readonly sockets = new Set<Socket>();
  private port = 0;

  constructor(
    readonly caller: string,
    readonly to: Call['to'],
    handle: (call: Call) => Promise<Reply>,
  ) {
    this.server = http.createServer((request, response) => void this.serve(request, response, handle));
    this.server.keepAliveTimeout = 75_000;
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ host: '127.0.0.1', port: this.port }, resolve);
    });
    this.port = (this.server.address() as AddressInfo).port;
  }

  async shut(onBroken: () => void = () => undefined): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const socket of this.sockets) {
      socket.destroy();
      onBroken();
    }
    await closed;
  }

  private async serve(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    handle: (call: Call) => Promise<Reply>,
  ): Promise<void> {
    try {
      const port = request.socket.remotePort ?? 0;
      const { url: path = '/', method = 'GET', headers } = request;
      const body = await bytesOf(request);
      const name = operationOf(path, headers);
      const reply = await handle({ caller: this.caller, to: this.to, name, method, path, headers, body, port });
      response.writeHead(reply.status, { ...withoutFraming(reply.headers), 'content-length': reply.body.length });
      response.end(reply.body);
    } catch {
      request.socket.destroy(); // as a connection that breaks
    }
  }
}

function passOn(agent: http.Agent, target: URL, { method, path, headers, body }: Call): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const options = { agent, host: target.hostname, port: target.port, method, path };
    const length = body.length > 0 || method !== 'GET' ? { 'content-length': body.length } : {};
    const request = http.request({ ...options, headers: { ...withoutFraming(headers), ...length } }, (response) => {
      const { statusCode: status = 502, headers: given } = response;
      bytesOf(response).then((bytes) => resolve({ status, headers: given, body: bytes }), reject);
    });
    request.once('error', reject);
    request.end(body);
  });
}

async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The headers that belong to one connection, or to the length of a body. */
function withoutFraming(headers: Reply['headers']): Record<string, string | string[]> {
  const framing = ['connection', 'content-length', 'keep-alive', 'transfer-encoding', 'expect'];
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || framing.includes(name.toLowerCase()) ? [] : [[name, value] as const],
    ),
  );
}
