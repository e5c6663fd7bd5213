import { jsonReply, type Call } from './calls.js';
import { Reset, type Next, type Obstacle } from './gateway.js';
import type { Dice } from './random.js';

/** Which calls an obstacle is for. */
export type Meant = (call: Call) => boolean;

/** Told of each time that an obstacle strikes, and what: a call by its name. */
export type Struck = (what: string) => void;

/** Tells of each call that an obstacle is for. */
export function telling(meant: Meant, struck: Struck): Meant {
  return (call) => {
    const is = meant(call);
    // A client's call has its path for a name, and a command's ends with what it asks for.
    if (is) struck(call.name.slice(call.name.lastIndexOf('/') + 1));
    return is;
  };
}

/** Calls get no answer until the end, and then go on their way or never arrive. */
export function held(meant: Meant, end: Promise<void>, goesOn: boolean): Obstacle {
  return async (call, next) => {
    if (!meant(call)) return next(call);
    await end;
    // Whoever waited so long may have gone; the request arrives all the same.
    if (goesOn) return next(call);
    throw new Reset();
  };
}

/** Calls arrive, and their answers do not. */
export function unanswered(meant: Meant): Obstacle {
  return async (call, next) => {
    if (!meant(call)) return next(call);
    await next(call);
    throw new Reset();
  };
}

/** Who calls dies, before the call is passed on or right after it. */
export function deadly(meant: Meant, when: 'before' | 'after', kill: (call: Call) => void): Obstacle {
  return async (call, next) => {
    if (!meant(call)) return next(call);
    if (when === 'after') await next(call);
    kill(call);
    throw new Reset();
  };
}

/** A write that the store refuses for now, each kind of write in its own words. */
export function throttled(meant: Meant, dice: Dice): Obstacle {
  return (call, next) => {
    if (!meant(call)) return next(call);
    const message = 'The level of configured provisioned throughput for the table was exceeded';
    const content = JSON.parse(call.body.toString()) as { TransactItems?: unknown[]; TransactStatements?: unknown[] };
    const items = content.TransactItems ?? content.TransactStatements;
    if (items === undefined) {
      const error = dice.pick(['ProvisionedThroughputExceededException', 'ThrottlingException']);
      return Promise.resolve(jsonReply(400, { message }, error));
    }
    const hit = dice.whole(0, items.length - 1);
    const code = dice.pick(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);
    const CancellationReasons = items.map((_, index) =>
      index === hit ? { Code: code, Message: message } : { Code: 'None' },
    );
    const codes = CancellationReasons.map(({ Code }) => Code).join(', ');
    const body = {
      Message: `Transaction cancelled, please refer cancellation reasons [${codes}]`,
      CancellationReasons,
    };
    return Promise.resolve(jsonReply(400, body, 'TransactionCanceledException'));
  };
}

interface PutEvents {
  readonly Entries: readonly unknown[];
}

interface PutEventsResult {
  readonly FailedEntryCount?: number;
  readonly Entries?: readonly { readonly EventId?: string }[];
}

/** The bus takes some entries of a request and refuses others. */
export function entriesFailed(dice: Dice, share: number, struck: Struck): Obstacle {
  return async (call, next) => {
    if (call.name !== 'PutEvents') return next(call);
    const { Entries } = JSON.parse(call.body.toString()) as PutEvents;
    const isTaken = Entries.map(() => !dice.chance(share));
    const taken = Entries.filter((_, index) => isTaken[index]);
    for (const is of isTaken) if (!is) struck('an entry');
    const reply = taken.length > 0 ? await next(withEntries(call, taken)) : jsonReply(200, { Entries: [] });
    if (reply.status !== 200) return reply;
    const results = [...((JSON.parse(reply.body.toString()) as PutEventsResult).Entries ?? [])];
    const refused = { ErrorCode: 'InternalFailure', ErrorMessage: 'Internal Failure' };
    const answers = isTaken.map((is) => (is ? (results.shift() ?? refused) : refused));
    const FailedEntryCount = answers.filter((answer) => 'ErrorCode' in answer).length;
    return jsonReply(200, { FailedEntryCount, Entries: answers });
  };
}

/** The bus takes every entry at once, and delivers it later: up to so many times, in any order. */
export class Scatter {
  private readonly flying = new Set<Promise<void>>();
  private landing = false;

  constructor(
    private readonly dice: Dice,
    private readonly copies: number,
    private readonly within: number,
    private readonly struck: Struck,
  ) {}

  readonly obstacle: Obstacle = (call, next) => {
    if (call.name !== 'PutEvents') return next(call);
    const { Entries } = JSON.parse(call.body.toString()) as PutEvents;
    for (const entry of Entries) {
      this.struck('an entry');
      for (let copies = this.dice.whole(1, this.copies); copies > 0; copies -= 1) {
        const flight = this.fly(withEntries(call, [entry]), next).finally(() => this.flying.delete(flight));
        this.flying.add(flight);
      }
    }
    const answers = Entries.map((_, index) => ({ EventId: `scattered-${this.dice.whole(0, 1e9)}-${index}` }));
    return Promise.resolve(jsonReply(200, { FailedEntryCount: 0, Entries: answers }));
  };

  /** Waits until everything that was taken has been delivered. */
  async landed(): Promise<void> {
    this.landing = true;
    while (this.flying.size > 0) await Promise.all(this.flying);
  }

  /** What a bus has taken it delivers, however often it has to try. */
  private async fly(call: Call, next: Next): Promise<void> {
    for (let wait = this.landing ? 0 : this.dice.whole(0, this.within); ; wait = 50) {
      await pause(wait);
      const reply = await next(call).catch(() => undefined);
      if (reply?.status === 200) return;
    }
  }
}

/** Each message that a function sends to a queue is there several times. */
export function repeated(copies: number, struck: Struck): Obstacle {
  return async (call, next) => {
    if (call.name !== 'SendMessage') return next(call);
    struck(call.name);
    const replies = await Promise.all(Array.from({ length: copies }, () => next(call)));
    return replies[0] ?? Promise.reject(new Reset());
  };
}

/** What subscribers were sent. */
export interface Sent {
  /** The envelope, as text. */
  readonly detail: string;
}

/** Sees what the bus takes. Lies next to the bus, behind all obstacles. */
export function watchingBus(onSent: (sent: Sent) => void): Obstacle {
  return async (call, next) => {
    const reply = await next(call);
    if (call.name !== 'PutEvents' || reply.status !== 200) return reply;
    const { Entries } = JSON.parse(call.body.toString()) as { Entries: { Detail: string }[] };
    const { Entries: results = [] } = JSON.parse(reply.body.toString()) as PutEventsResult;
    for (const [index, { Detail: detail }] of Entries.entries()) {
      if (results[index]?.EventId !== undefined) onSent({ detail });
    }
    return reply;
  };
}

/** Waits in real time. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function withEntries(call: Call, entries: readonly unknown[]): Call {
  const content = JSON.parse(call.body.toString()) as Record<string, unknown>;
  return { ...call, body: Buffer.from(JSON.stringify({ ...content, Entries: entries })) };
}

/** Only some of the calls. */
export function some(meant: Meant, dice: Dice, share: number): Meant {
  return (call) => meant(call) && dice.chance(share);
}
