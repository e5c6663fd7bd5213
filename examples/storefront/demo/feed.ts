import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, signedClient } from './client.js';
import type { Command, Step } from './plan.js';

/** Where commands go and where their effect is read. */
export interface Endpoints {
  /** The command API of each stream. */
  readonly commands: Readonly<Record<Command['stream'], string>>;
  readonly browse: string;
  readonly insights: string;
  readonly baskets: string;
}

/** A command that was not accepted. */
export interface Refused {
  readonly command: Command;
  readonly status: number;
  readonly detail: string;
}

/** What was sent and how long it took, in milliseconds. */
export interface Fed {
  /** Accepted commands by their name. */
  readonly accepted: Record<Command['name'], number>;
  readonly refused: Refused[];
  /** Per command: sent to answered. */
  readonly answers: number[];
  /** Of a sample: sent to read from the view, with the token of the answer. */
  readonly views: number[];
  /** All of it. */
  readonly elapsed: number;
}

/** How it is sent. */
export interface FeedOptions {
  readonly request: ReturnType<typeof signedClient>;
  readonly endpoints: Endpoints;
  /** How many commands are under way at once. Default: 8. */
  readonly clients?: number;
  /** Every how many product commands the view is read with the token. Default: 10. */
  readonly sampleEvery?: number;
  readonly onProgress?: (sent: number) => void;
}

const ATTEMPTS = 5;
/** In an account, where functions or APIs may not be called as often as this. */
const THROTTLED = 429;
/** Nothing that the plan sends is to be refused: where some are, the rest would only take time. */
const REFUSED_LIMIT = 10;
const VIEW_DEADLINE = 30_000;

/** Sends all steps of a plan, in order. */
export async function feed(steps: readonly Step[], options: FeedOptions): Promise<Fed> {
  const started = performance.now();
  const fed = { accepted: newCounts(), refused: [] as Refused[], answers: [] as number[], views: [] as number[] };
  let sent = 0;
  const one = async (command: Command): Promise<void> => {
    if (fed.refused.length >= REFUSED_LIMIT) return;
    const number = (sent += 1);
    const mark = performance.now();
    const answer = await post(command, options);
    fed.answers.push(performance.now() - mark);
    options.onProgress?.(number);
    if (answer.status !== 200) {
      fed.refused.push({ command, status: answer.status, detail: JSON.stringify(answer.body) });
      return;
    }
    fed.accepted[command.name] += 1;
    if (command.stream !== 'product' || number % (options.sampleEvery ?? 10) !== 0) return;
    await inView(command, answer, options);
    fed.views.push(performance.now() - mark);
  };
  for (const { lanes } of steps) await inParallel(lanes, options.clients ?? 8, one);
  return { ...fed, elapsed: performance.now() - started };
}

/** Sends a command; where nothing is known of its fate, once more with the same id. */
export async function post(
  { stream, id, name, key, data }: Command,
  { request, endpoints }: Pick<FeedOptions, 'request' | 'endpoints'>,
): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await request(`${endpoints.commands[stream]}${stream}/${id}/${name}`, {
      method: 'POST',
      headers: { 'idempotency-key': key },
      body: JSON.stringify(data),
    }).catch((error: unknown): Answer => ({ status: 599, headers: new Headers(), body: String(error) }));
    if ((answer.status < 500 && answer.status !== THROTTLED) || attempt === ATTEMPTS) return answer;
    await sleep(100 * 2 ** attempt);
  }
}

/** Reads the view until it shows what the answer's token asks for. */
async function inView({ id }: Command, answer: Answer, { request, endpoints }: FeedOptions): Promise<void> {
  const started = performance.now();
  const token = answer.headers.get('x-consistency-token') ?? '';
  for (;;) {
    const { status, body } = await request(`${endpoints.browse}products/${id}`, {
      headers: { 'x-consistency-token': token },
    });
    const elapsed = performance.now() - started;
    if (status === 200) return;
    if (status === THROTTLED) await sleep(100);
    else if (status !== 409 || elapsed > VIEW_DEADLINE) {
      throw new Error(`product ${id} was not in the view after ${Math.round(elapsed)} ms: ${JSON.stringify(body)}`);
    }
  }
}

async function inParallel<T>(lanes: readonly (readonly T[])[], clients: number, run: (item: T) => Promise<void>) {
  const waiting = lanes.values();
  const worker = async (): Promise<void> => {
    for (const lane of waiting) for (const item of lane) await run(item);
  };
  await Promise.all(Array.from({ length: Math.min(clients, lanes.length) }, worker));
}

function newCounts(): Fed['accepted'] {
  return { CreateProduct: 0, ChangePrice: 0, RegisterSale: 0, RegisterReturn: 0 };
}
