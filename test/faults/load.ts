import { type Answer, signedClient } from '../../examples/storefront/demo/client.js';
import type { ObservedAnswer, ObservedCommand, ObservedRead } from '../support/checker/index.js';
import { pause } from './obstacles.js';
import type { Dice } from './random.js';
import type { Schedule } from './schedule.js';
import type { System } from './system.js';

/** A command, before it is sent. */
interface Wish {
  readonly stream: 'product' | 'sale';
  readonly id: string;
  readonly name: string;
  readonly data: unknown;
  readonly expected?: number;
  readonly meant?: ObservedCommand['meant'];
  /** What its answer may be, where only one is right. */
  readonly may?: 'be accepted' | 'be refused';
}

/** A command with its answers so far. */
interface Sent extends ObservedCommand {
  readonly answers: ObservedAnswer[];
}

/** What a client was told in the end. */
interface Accepted {
  readonly stream: string;
  readonly version: number;
  readonly token: string;
}

/** So large a part of the clients is there for products, the rest for sales. */
const OF_PRODUCTS = 0.6;
/** Products for which several clients send commands at once. */
const SHARED = 2;
/** How long clients repeat commands without an answer once the load is over, in milliseconds. */
const PATIENCE = 8_000;
/** After so long without an answer a client no longer waits for it, in milliseconds. */
const ANSWER_WITHIN = 5_000;
/** No client sends while so many requests are without an answer: those that were given up are worked on all the same. */
const MOST_UNANSWERED = 20;

const LANTERN = { description: 'WHITE METAL LANTERN', category: 'lanterns' };
const FIRST_DAY = new Date('2010-12-01');

/** The clients of one run: they send commands, repeat those without an answer, and read what they wrote. */
export class Load {
  readonly commands = new Map<string, Sent>();
  readonly reads: ObservedRead[] = [];
  /** Refusals that nothing in the command explains (a fault must never look like one), and acceptances against a rule. */
  readonly unexplained: string[] = [];
  /** How often each answer came: the status, and the problem's type where it says one. */
  readonly answers = new Map<string, number>();
  private readonly country: string;
  private readonly request;
  /** Two products that only sales of this run have, so that what was bought together belongs to it. */
  private readonly goods: readonly [string, string];
  /** Days that only this run has. */
  private readonly days: readonly string[];
  private price = 100;
  private unanswered = 0;
  private end = Infinity;

  constructor(
    private readonly system: System,
    /** The number of the run, which keeps runs apart in the views. */
    run: number,
    private readonly dice: Dice,
    private readonly schedule: Pick<Schedule, 'clients' | 'pace'>,
  ) {
    this.country = `Land ${run}`;
    this.goods = [system.nextNumber(), system.nextNumber()];
    this.days = [1, 2, 3].map((day) => dayOf(3 * run + day));
    const { region, environment } = system.cloud;
    const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = environment;
    this.request = signedClient({ region, credentials: { accessKeyId, secretAccessKey } });
  }

  /** Sends until this settles, then waits until every client has an answer or has given up. */
  async run(until: Promise<void>): Promise<void> {
    const ended = until.finally(() => (this.end = performance.now()));
    const shared = Array.from({ length: SHARED }, () => this.system.nextNumber());
    const { clients } = this.schedule;
    const ofProducts = Math.round(clients * OF_PRODUCTS);
    const products = Array.from({ length: ofProducts }, () => this.products(this.dice.fork(), shared));
    const sales = Array.from({ length: clients - ofProducts }, () => this.sales(this.dice.fork()));
    await Promise.all([ended, ...shared.map((id) => this.create(this.dice.fork(), id)), ...products, ...sales]);
  }

  private async products(dice: Dice, shared: readonly string[]): Promise<void> {
    const own: { id: string; version: number }[] = [];
    while (performance.now() < this.end) {
      await pause(dice.whole(5, this.schedule.pace));
      const mine = own.length === 0 || dice.chance(0.15) ? undefined : dice.pick(own);
      if (mine === undefined) {
        const id = this.system.nextNumber();
        const accepted = await this.create(dice, id);
        if (accepted) own.push({ id, version: 1 });
      } else if (dice.chance(0.15)) {
        await this.refusable(dice, mine);
      } else if (dice.chance(0.3)) {
        await this.reprice(dice, dice.pick(shared), {});
      } else {
        // nobody else changes it, so the version that was seen is the last one unless an answer never came
        const accepted = await this.reprice(
          dice,
          mine.id,
          dice.chance(0.5) ? { expected: mine.version, may: 'be accepted' } : { may: 'be accepted' },
        );
        if (accepted) mine.version = accepted.version;
        else own.splice(own.indexOf(mine), 1);
      }
    }
  }

  private create(dice: Dice, id: string): Promise<Accepted | undefined> {
    const data = { description: LANTERN.description, ...this.pricing(dice) };
    const meant = [{ type: 'ProductCreated', data: { ...data, ...LANTERN } }];
    return this.send(dice, { stream: 'product', id, name: 'CreateProduct', data, meant, may: 'be accepted' });
  }

  private reprice(dice: Dice, id: string, more: Pick<Wish, 'expected' | 'may'>): Promise<Accepted | undefined> {
    const data = this.pricing(dice);
    const meant = [{ type: 'PriceChanged', data }];
    return this.send(dice, { stream: 'product', id, name: 'ChangePrice', data, meant, ...more });
  }

  /** Commands that break a rule, each another one. */
  private async refusable(dice: Dice, { id, version }: { id: string; version: number }): Promise<void> {
    const data = this.pricing(dice);
    const change = { stream: 'product', id, name: 'ChangePrice', data } as const;
    const breaking: Wish[] = [
      { ...change, id: this.system.nextNumber() },
      { ...change, expected: version - 1 },
      { ...change, data: { ...data, price: -1 } },
      { ...change, name: 'CreateProduct', data: { description: LANTERN.description, ...data } },
    ];
    await this.send(dice, { ...dice.pick(breaking), may: 'be refused' });
  }

  private async sales(dice: Dice): Promise<void> {
    const customer = String(10_000 + dice.whole(0, 9_999));
    let accepted: Accepted | undefined;
    while (performance.now() < this.end) {
      await pause(dice.whole(5, this.schedule.pace));
      const id = this.system.nextInvoice();
      const [one, other] = this.goods;
      const [day, line] = [dice.pick(this.days), { product: one, units: dice.whole(1, 9), price: 339 }];
      const header = { customer, country: this.country };
      const lines = dice.chance(0.3) ? [line, { ...line, product: other, price: 765 }] : [line];
      if (dice.chance(0.2)) {
        const data = { ...header, returnedAt: `${day}T18:00:00`, lines };
        accepted = await this.send(dice, {
          stream: 'sale',
          id: `C${id}`,
          name: 'RegisterReturn',
          data,
          may: 'be accepted',
        });
      } else {
        const data = { ...header, soldAt: `${day}T08:26:00`, lines };
        const meant = [{ type: 'SaleRegistered', data }];
        accepted = await this.send(dice, { stream: 'sale', id, name: 'RegisterSale', data, meant, may: 'be accepted' });
      }
      if (dice.chance(0.3)) await this.readTotal(day, accepted);
      if (dice.chance(0.3)) await this.readBaskets(accepted);
    }
  }

  /** Sends a command until it is answered; what was written may then be read. */
  private async send(dice: Dice, wish: Wish): Promise<Accepted | undefined> {
    const sent = this.noted(wish);
    const post = (): Promise<Accepted | undefined> => this.post(sent, wish);
    for (let attempt = 1; ; attempt += 1) {
      // Impatient clients send twice at once, others repeat what was answered already.
      const [accepted] = dice.chance(0.04) ? await Promise.all([post(), post()]) : [await post()];
      if (accepted) {
        if (dice.chance(0.1)) await post();
        if (dice.chance(0.5)) await this.readBack(accepted, dice.chance(0.8));
        return accepted;
      }
      if (sent.answers.at(-1)?.outcome === 'refused') return undefined;
      if (dice.chance(0.05) || performance.now() > this.end + PATIENCE) return undefined; // and never knows
      await pause(dice.whole(20, 100 * Math.min(attempt, 5)));
    }
  }

  private async post({ id: key, answers }: Sent, wish: Wish): Promise<Accepted | undefined> {
    const { stream, id, name, data, expected, may } = wish;
    const url = `${this.system.url(stream)}${stream}/${id}/${name}`;
    const headers = { 'idempotency-key': key, ...(expected === undefined ? {} : { 'if-match': `"${expected}"` }) };
    const after = answers.length;
    const answer = await this.asked(url, { method: 'POST', headers, body: JSON.stringify(data) });
    const body = (answer?.body ?? {}) as { stream?: string; version?: number; token?: string; type?: string };
    const told = `${name} ${key} for ${stream}/${id}: ${answer?.status} ${body.type ?? ''}`;
    if (answer?.status === 200 && body.version !== undefined) {
      if (may === 'be refused') this.unexplained.push(told);
      answers.push({ outcome: 'accepted', version: body.version, after });
      return { stream: `${stream}/${id}`, version: body.version, token: body.token ?? '' };
    }
    const isRefused = answer !== undefined && answer.status >= 400 && answer.status < 500 && body.type !== undefined;
    if (isRefused && may === 'be accepted') this.unexplained.push(told);
    answers.push(
      isRefused
        ? { outcome: 'refused', reason: `${answer.status} ${body.type}`, after }
        : { outcome: 'unknown', after },
    );
    return undefined;
  }

  private async readBack({ stream, version, token }: Accepted, isFollowed: boolean): Promise<void> {
    if (!stream.startsWith('product/')) return;
    const id = stream.slice('product/'.length);
    const headers: Record<string, string> = isFollowed ? { 'x-consistency-token': token } : {};
    const answer = await this.asked(`${this.system.url('browse')}products/${id}`, { headers });
    if (answer?.status !== 200 && answer?.status !== 404) return;
    const { productId: _, ...found } = answer.body as Record<string, unknown>;
    this.reads.push({
      kind: 'entity',
      view: 'listing',
      stream,
      ...(isFollowed ? { token: { [stream]: version } } : {}),
      found: answer.status === 200 ? found : undefined,
    });
  }

  private async readTotal(day: string, wrote: Accepted | undefined): Promise<void> {
    const url = `${this.system.url('insights')}days/${day}/${encodeURIComponent(this.country)}`;
    const headers: Record<string, string> = wrote === undefined ? {} : { 'x-consistency-token': wrote.token };
    const answer = await this.asked(url, { headers });
    if (answer?.status !== 200 && answer?.status !== 404) return;
    const { day: _, country: __, ...found } = answer.body as Record<string, unknown>;
    const key = `${day}|${this.country}`;
    const token = wrote === undefined ? {} : { token: { [wrote.stream]: wrote.version } };
    this.reads.push({ kind: 'total', view: 'totals', key, ...token, found: answer.status === 200 ? found : undefined });
  }

  /** Asks what was bought with the first of the goods: the second, if anything. */
  private async readBaskets(wrote: Accepted | undefined): Promise<void> {
    const [one, other] = this.goods;
    const headers: Record<string, string> = wrote === undefined ? {} : { 'x-consistency-token': wrote.token };
    const answer = await this.asked(`${this.system.url('baskets')}products/${one}/bought-with`, { headers });
    if (answer?.status !== 200) return;
    const { items } = answer.body as {
      readonly items: readonly { readonly product: string; readonly baskets: number }[];
    };
    const found = items.find(({ product }) => product === other);
    this.reads.push({
      kind: 'total',
      view: 'baskets',
      key: `${one}|${other}`,
      ...(wrote === undefined ? {} : { token: { [wrote.stream]: wrote.version } }),
      found: found && { baskets: found.baskets },
    });
  }

  private async asked(url: string, request: Parameters<typeof this.request>[1]): Promise<Answer | undefined> {
    while (this.unanswered >= MOST_UNANSWERED) await pause(50);
    this.unanswered += 1;
    const answered = this.request(url, request).catch(() => undefined);
    void answered.then(() => (this.unanswered -= 1));
    const answer = await Promise.race([answered, pause(ANSWER_WITHIN).then(() => undefined)]);
    const { type } = (answer?.body ?? {}) as { readonly type?: string };
    const name = answer === undefined ? 'none' : [answer.status, type?.split(/[/:]/).at(-1)].filter(Boolean).join(' ');
    this.answers.set(name, (this.answers.get(name) ?? 0) + 1);
    return answer;
  }

  private noted({ stream, id, expected, meant }: Wish): Sent {
    const key = `${this.country}-${this.commands.size + 1}`.replaceAll(' ', '-');
    const about = { ...(expected === undefined ? {} : { expected }), ...(meant === undefined ? {} : { meant }) };
    const sent: Sent = { id: key, stream: `${stream}/${id}`, answers: [], ...about };
    this.commands.set(key, sent);
    return sent;
  }

  /** A price that no other command has, so that each version of a product is known by it. */
  private pricing(dice: Dice): { price: number; since: string } {
    return { price: (this.price += 1), since: dice.pick(this.days) };
  }
}

/** A day of the shop's calendar by its number. */
function dayOf(number: number): string {
  return new Date(FIRST_DAY.getTime() + number * 86_400_000).toISOString().slice(0, 10);
}
