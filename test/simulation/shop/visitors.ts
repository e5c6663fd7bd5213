import { Token } from '../../../lambdas/cqrs/token.js';
import type {
  Fields,
  ObservedAnswer,
  ObservedCommand,
  ObservedEvent,
  ObservedRead,
} from '../../support/checker/index.js';
import type { World } from '../core/world.js';
import { categoryOf, PRODUCTS, type Plan, type Step } from './plan.js';
import { becauseOf } from './reasons.js';
import type { Shop } from './shop.js';

export type Look = Exclude<Step, { kind: 'command' }>;
type Of<K extends Step['kind']> = Extract<Step, { kind: K }>;

interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly token?: string;
}

/** What a visitor knows: the versions that it was told, and the token that stands for them. */
export interface Memory {
  readonly versions: Record<string, number>;
  token?: Token;
}

/** API Gateway waits no longer, in milliseconds. */
const GATEWAY_LIMIT = 29_000;

/** The clients of a run: they follow the plan, and note what they are answered. */
export class Visitors {
  readonly commands: ObservedCommand[] = [];
  readonly reads: ObservedRead[] = [];
  /** What was answered with 500, in words. */
  readonly internal: string[] = [];
  /** Commands and questions to which there was no answer but an error, or none at all, in words. */
  readonly unanswered: string[] = [];
  /** How many questions were answered. */
  answered = 0;
  /** The newest version of each stream that was acknowledged to anybody. */
  private readonly acknowledged: Record<string, number> = {};
  private left: number;
  private calls = 0;

  constructor(
    private readonly world: World,
    private readonly shop: Shop,
    private readonly plan: Plan,
    /** Waits for a step of a rebuild. */
    private readonly reached: (step: string) => Promise<void>,
    private readonly onGone: () => void,
  ) {
    this.left = plan.clients.length;
  }

  /** Lets all of them begin. */
  enter(): void {
    for (const steps of this.plan.clients) void this.visit(steps);
    if (this.left === 0) this.onGone();
  }

  private async visit(steps: readonly Step[]): Promise<void> {
    const memory: Memory = { versions: {} };
    for (const step of steps) {
      if (step.until !== undefined) await this.reached(step.until);
      await this.wait(step.wait);
      if (step.kind === 'command') await this.command(step, memory);
      else await this.look(step, memory);
    }
    this.left -= 1;
    if (this.left === 0) this.onGone();
  }

  /** Asks a question, and notes what was answered, or that nothing was. */
  async look(step: Look, memory: Memory): Promise<void> {
    if (await this.isAnswered(step, memory)) this.answered += 1;
    else this.unanswered.push(`the question ${JSON.stringify(step)}`);
  }

  private isAnswered(step: Look, memory: Memory): Promise<boolean> {
    switch (step.kind) {
      case 'get':
        return this.get(step, memory);
      case 'list':
        return this.list(step, memory);
      case 'total':
        return this.total(step, memory);
      case 'baskets':
        return this.baskets(step, memory);
    }
  }

  private async command(step: Of<'command'>, memory: Memory): Promise<void> {
    const stream = `${step.stream}/${step.entity}`;
    const known = memory.versions[stream] ?? 0;
    const expected = { known, none: 0, wrong: known + 1 }[step.expect ?? 'known'];
    const answers: ObservedAnswer[] = [];
    this.commands.push({
      id: step.id,
      stream,
      ...(step.expect === undefined ? {} : { expected }),
      answers,
      meant: meantBy(step),
    });
    const event = {
      path: `/${stream}/${step.name}`,
      isBase64Encoded: false,
      headers: {
        'Idempotency-Key': step.id,
        ...(step.expect === undefined ? {} : { 'If-Match': `"${expected}"` }),
      },
      body: JSON.stringify(step.data),
    };
    const target = step.stream === 'product' ? 'catalog-commands' : 'sales-commands';
    const what = `${step.name} ${step.entity}${step.expect === undefined ? '' : ` if at ${expected}`}`;
    const attempt = async (name: string): Promise<boolean> => {
      const after = answers.length;
      const known = this.acknowledged[stream] ?? 0;
      const reply = await this.ask(target, event, `${step.id} ${name}`, `${what} (${name})`);
      const version = Number(reply?.body['version']);
      if (reply?.status === 200) {
        answers.push({ outcome: 'accepted', version, after });
        memory.versions[stream] = Math.max(version, memory.versions[stream] ?? 0);
        this.acknowledged[stream] = Math.max(version, this.acknowledged[stream] ?? 0);
        if (reply.token !== undefined) {
          const token = Token.parse(reply.token, { now: () => this.world.date });
          memory.token = memory.token?.merge(token) ?? token;
        }
      } else if (reply !== undefined && reply.status < 500) {
        const reason = String(reply.body['type']);
        answers.push({ outcome: 'refused', reason, because: becauseOf(reason, step.name, known), after });
      } else {
        answers.push({ outcome: 'unknown', after });
        this.unanswered.push(`the command ${step.id} (${name})`);
      }
      return reply !== undefined && reply.status < 500;
    };
    const other = step.twice ? attempt('at the same time') : undefined;
    let isAnswered = false;
    for (let tries = 1; !isAnswered && tries <= step.tries; tries += 1) {
      if (tries > 1) await this.wait(this.world.random.split(`${step.id} ${tries}`).around(2_000));
      isAnswered = await attempt(`try ${tries}`);
    }
    await other;
    if (step.again && isAnswered) await attempt('again');
  }

  private async get({ id, entity, token }: Of<'get'>, memory: Memory): Promise<boolean> {
    const { headers, seen } = this.withToken(token, memory);
    const event = { httpMethod: 'GET', path: `/products/${entity}`, headers };
    const asked = this.world.timeline.now;
    const reply = await this.ask('browse-queries', event, id, `look at ${entity}${shown(seen)}`);
    if (reply?.status !== 200 && reply?.status !== 404) return false;
    const found = reply.status === 404 ? undefined : productOf(reply.body).item;
    const [name = id] = id.split('.');
    const reader = { name, asked, answered: this.world.timeline.now };
    this.reads.push({ kind: 'entity', view: 'listing', stream: `product/${entity}`, ...seen, reader, found });
    return true;
  }

  private async list({ id, index, value, token }: Of<'list'>, memory: Memory): Promise<boolean> {
    const { headers, seen } = this.withToken(token, memory);
    const found: { stream: string; item: Fields }[] = [];
    let cursor: string | undefined;
    for (let page = 1; page <= 20; page += 1) {
      const event = {
        httpMethod: 'GET',
        path: `/${index}/${value}`,
        headers,
        queryStringParameters: { limit: '2', ...(cursor === undefined ? {} : { cursor }) },
      };
      const reply = await this.ask(
        'browse-queries',
        event,
        `${id} page ${page}`,
        `list ${value}, page ${page}${shown(seen)}`,
      );
      if (reply?.status !== 200) return false;
      found.push(...(reply.body['items'] as Record<string, unknown>[]).map(productOf));
      cursor = reply.body['cursor'] as string | undefined;
      if (cursor === undefined) break;
    }
    const field = index === 'categories' ? 'category' : 'priceBand';
    this.reads.push({ kind: 'list', view: 'listing', where: { field, value }, ...seen, found });
    return true;
  }

  private async total({ id, day, country, token }: Of<'total'>, memory: Memory): Promise<boolean> {
    const { headers, seen } = this.withToken(token, memory);
    const event = { httpMethod: 'GET', path: `/days/${day}/${country}`, headers };
    const reply = await this.ask('insights-queries', event, id, `total of ${day} in ${country}${shown(seen)}`);
    if (reply?.status !== 200 && reply?.status !== 404) return false;
    const { day: _day, country: _country, ...measures } = reply.body;
    const found = reply.status === 404 ? undefined : measures;
    this.reads.push({ kind: 'total', view: 'totals', key: `${day}|${country}`, ...seen, found });
    return true;
  }

  private async baskets({ id, entity, token }: Of<'baskets'>, memory: Memory): Promise<boolean> {
    const { headers, seen } = this.withToken(token, memory);
    const path = entity === undefined ? '/baskets' : `/products/${entity}/bought-with`;
    const reply = await this.ask(
      'insights-basket-queries',
      { httpMethod: 'GET', path, headers },
      id,
      `${entity === undefined ? 'all baskets' : `bought with ${entity}`}${shown(seen)}`,
    );
    if (reply?.status !== 200) return false;
    const note = (key: string, found: Fields | undefined): void =>
      void this.reads.push({ kind: 'total', view: 'baskets', key, ...seen, found });
    if (entity === undefined) {
      note('*|*', reply.body);
      return true;
    }
    const items = reply.body['items'] as { product: string; baskets: number }[];
    for (const product of PRODUCTS) {
      const found = items.find((item) => item.product === product);
      note(`${entity}|${product}`, found && { baskets: found.baskets });
    }
    return true;
  }

  private withToken(
    wanted: boolean,
    { token, versions }: Memory,
  ): { headers: Record<string, string>; seen: { token?: Record<string, number> } } {
    if (!wanted || token === undefined) return { headers: {}, seen: {} };
    return { headers: { 'x-consistency-token': token.toString() }, seen: { token: { ...versions } } };
  }

  /** Asks over HTTP; nothing is answered where the function is ended or takes too long. */
  private ask(target: string, event: object, label: string, what: string): Promise<Reply | undefined> {
    const { timeline, story } = this.world;
    const who = `visitor ${label.split('.')[0]}`;
    story.tell(who, what);
    return new Promise((resolve) => {
      const reply = (given: Reply | undefined): void => {
        story.tell(who, `${what} → ${given === undefined ? 'no answer' : answerIn(given)}`);
        if (given?.status === 500) this.internal.push(`${what} (${label})`);
        resolve(given);
      };
      const limit = timeline.after(GATEWAY_LIMIT, () => reply(undefined));
      this.shop.function(target).invoke(event, `${label} ${(this.calls += 1) && target}`, (how) => {
        limit.cancel();
        reply('error' in how ? undefined : replyOf(how.value));
      });
    });
  }

  private wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.world.timeline.after(milliseconds, () => resolve()));
  }
}

function replyOf(value: unknown): Reply {
  const { statusCode, body, headers } = value as { statusCode: number; body: string; headers?: Record<string, string> };
  return {
    status: statusCode,
    body: JSON.parse(body) as Record<string, unknown>,
    token: headers?.['x-consistency-token'],
  };
}

function answerIn({ status, body }: Reply): string {
  const { version, type, token: _token, ...rest } = body;
  if (version !== undefined) return `${status}, version ${String(version)}`;
  if (type !== undefined) return `${status} ${String(type)}`;
  return `${status} ${JSON.stringify(rest)}`;
}

function shown({ token }: { token?: Record<string, number> }): string {
  return token === undefined ? '' : ` after ${JSON.stringify(token)}`;
}

function productOf(body: Record<string, unknown>): { stream: string; item: Fields } {
  const { productId, ...item } = body;
  return { stream: `product/${String(productId)}`, item };
}

/** The events that a command has to come to, where that follows from the command alone. */
function meantBy({ name, data }: Of<'command'>): ObservedEvent[] | undefined {
  switch (name) {
    case 'CreateProduct':
      return [{ type: 'ProductCreated', data: { ...data, category: categoryOf(String(data['description'])) } }];
    case 'ChangePrice':
      return [{ type: 'PriceChanged', data }];
    case 'RegisterSale':
      return [{ type: 'SaleRegistered', data }];
    default:
      return undefined;
  }
}
