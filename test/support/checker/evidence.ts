/**
 * What a run leaves behind for the checker: plain data, gathered by whoever drove the system. Nothing here knows the kit.
 */
export interface Evidence {
  /** Every command that was sent, each once, with all answers to it and to its repeats. */
  readonly commands: readonly ObservedCommand[];
  /** Every commit that the write models hold at the end, of all streams, in any order. */
  readonly log: readonly LoggedCommit[];
  /** Every commit that subscribers were sent, repeats included. Left out: not looked at. */
  readonly published?: readonly PublishedCommit[];
  /** What publishers' histories told at the end, each reading from its first page to its last. Left out: not looked at. */
  readonly history?: readonly ObservedHistory[];
  /** Views, and tables of the write model, at the end: what they hold and how it follows from the log. */
  readonly views: readonly ObservedView[];
  /** What readers were answered. Reads that were refused (409, 503) are no answers. */
  readonly reads?: readonly ObservedRead[];
  /** Messages in dead-letter queues, in words. None belongs there but those that were no envelopes. */
  readonly deadLetters?: readonly string[];
  /** Streams that stand still in a view though nothing is wrong with them, in words. */
  readonly parked?: readonly string[];
  /** What did not come to rest, in words. */
  readonly unfinished?: readonly string[];
  /** What was answered with an error that nobody meant (500), in words. */
  readonly internal?: readonly string[];
}

/** An event, as it is stored and sent. */
export interface ObservedEvent {
  readonly type: string;
  readonly data: unknown;
}

/** A command by its id (the `Idempotency-Key`). */
export interface ObservedCommand {
  readonly id: string;
  /** `product/85123A`. */
  readonly stream: string;
  /** The version that the client had seen (`If-Match`). Default: it did not say. */
  readonly expected?: number;
  /** What was answered, one per attempt, as the answers came. An attempt without an answer, or with a 5xx, is `unknown`. */
  readonly answers: readonly ObservedAnswer[];
  /** The events that the command has to come to when it is accepted. Default: any. */
  readonly meant?: readonly ObservedEvent[];
}

export type ObservedAnswer = {
  /** How many of the command's answers were there when this attempt was sent. Default: all before it in the list. */
  readonly after?: number;
} & (
  | { readonly outcome: 'accepted'; readonly version: number }
  | { readonly outcome: 'refused'; readonly reason?: string; readonly because?: Because }
  | { readonly outcome: 'unknown' }
);

/** Why a command was refused, where that can be looked up. Default: nobody asks. */
export type Because =
  /** Its entity is there already. */
  | { readonly is: 'there' }
  /** Its entity is not there, and when it was sent so many versions of it had been acknowledged to anybody. */
  | { readonly is: 'missing'; readonly known: number }
  /** Its entity has another version than was expected; `known` as above. */
  | { readonly is: 'elsewhere'; readonly known: number }
  /** Nothing that can be a reason for this command. */
  | { readonly is: 'nothing' };

export interface LoggedCommit {
  readonly stream: string;
  readonly version: number;
  /** The id of the command that made it. */
  readonly command: string;
  readonly events: readonly ObservedEvent[];
}

/** A commit on its way. One without its events was too large for the transport. */
export interface PublishedCommit {
  readonly stream: string;
  readonly version: number;
  readonly command: string;
  readonly events?: readonly ObservedEvent[];
}

/** A reading of history: its pages one after the other, their commits as they came. */
export interface ObservedHistory {
  /** What was read, in words. */
  readonly name: string;
  /** The streams that it has to tell of, all of their commits from `from` on: one (`product/85123A`), or all of a name (`product`). */
  readonly of: string;
  /** Default: 1. */
  readonly from?: number;
  readonly told: readonly LoggedCommit[];
}

/** What an item or a row has, by name, without its key and without what the kit adds. */
export type Fields = Readonly<Record<string, unknown>>;

/** A view that holds one entity per stream, or totals that many streams feed. */
export interface ObservedView {
  readonly name: string;
  /** The stream that it follows: `product`. */
  readonly streamName: string;
  /** By the stream's id, or by the total's key. */
  readonly found: Readonly<Record<string, Fields>>;
  readonly fold: Fold;
  /** Versions that were passed over on purpose. */
  readonly passed?: readonly Address[];
}

export interface Address {
  readonly stream: string;
  readonly version: number;
}

/** How a view follows from events: written anew by whoever checks, never the code under test. */
export type Fold =
  | {
      readonly kind: 'entity';
      /** The entity after the event; undefined: it is gone. */
      readonly apply: (before: Fields | undefined, event: ObservedEvent) => Fields | undefined;
    }
  | {
      readonly kind: 'totals';
      /** What a stream contributes after all of these events; `id` is `85123A` of `product/85123A`. */
      readonly contributions: (events: readonly ObservedEvent[], id: string) => readonly Contribution[];
    };

/** What one stream adds to one total. */
export interface Contribution {
  readonly key: string;
  readonly measures: Readonly<Record<string, number>>;
}

/** What a reader was answered; `token` is what the answer had to show at least, by stream. */
export type ObservedRead = {
  readonly view: string;
  readonly token?: Readonly<Record<string, number>>;
  /**
   * Who read it, and when it was asked and answered, in milliseconds: what somebody was shown of an entity never goes
   * back, with a token or without. Default: nobody remembers it.
   */
  readonly reader?: { readonly name: string; readonly asked: number; readonly answered: number };
} & (
  | { readonly kind: 'entity'; readonly stream: string; readonly found: Fields | undefined }
  | { readonly kind: 'total'; readonly key: string; readonly found: Fields | undefined }
  | {
      readonly kind: 'list';
      /** The list holds the entities with this value in this field … */
      readonly where: { readonly field: string; readonly value: unknown };
      /** … and between these ends, both included. Default: all. */
      readonly range?: { readonly field: string; readonly from?: number; readonly to?: number };
      /** What all of its pages held, by stream; a stream twice where it was seen twice. */
      readonly found: readonly { readonly stream: string; readonly item: Fields }[];
    }
);

/** What is wrong. */
export interface Violation {
  readonly rule: Rule;
  /** The command, stream, commit or view that it is about. */
  readonly subject: string;
  readonly message: string;
}

export type Rule =
  /** Acknowledged, and not there. */
  | 'lost'
  /** There more than once. */
  | 'doubled'
  /** Refused, and there. */
  | 'refused-present'
  /** Refused for what is not so. */
  | 'unfounded'
  /** Answered with an error that nobody meant. */
  | 'internal'
  /** There, and nobody asked for it. */
  | 'invented'
  /** There, and told in another order than that of its versions. */
  | 'disordered'
  /** Not what was asked for, or not what was answered. */
  | 'distorted'
  /** A version is missing. */
  | 'hole'
  /** Accepted against the version that the client had seen. */
  | 'expectation-broken'
  /** In the log, and never sent. */
  | 'unpublished'
  /** Sent, and not in the log. */
  | 'phantom'
  /** A view is not what the log makes it. */
  | 'differs'
  /** An answer is older than its token, or was never true. */
  | 'stale'
  /** A stream stands still in a view without a reason. */
  | 'parked'
  /** In a dead-letter queue without belonging there. */
  | 'dead-letter'
  /** Work that never came to rest. */
  | 'unfinished';
