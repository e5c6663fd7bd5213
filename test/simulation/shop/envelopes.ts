import type { LoggedCommit, ObservedEvent, PublishedCommit } from '../../support/checker/index.js';

/** A commit as it is stored and sent, as far as a checker looks. */
export interface Envelope {
  readonly causationid: string;
  readonly subject: string;
  readonly version: number;
  readonly data?: { readonly events: readonly (ObservedEvent & { readonly v: number })[] };
}

/** What an envelope tells of a commit. */
export function commitOf(envelope: Envelope): LoggedCommit {
  const { events = [], ...commit } = publishedOf(envelope);
  return { ...commit, events };
}

/** What an envelope tells of a commit, which may be without its events. */
export function publishedOf({ subject: stream, version, causationid: command, data }: Envelope): PublishedCommit {
  const events = data?.events.map(({ type, v, data: content }) => ({
    type,
    data: v === 2 ? inPrice(content) : content,
  }));
  return { stream, version, command, ...(events === undefined ? {} : { events }) };
}

/** The second version of an event in the words of the first: what happened is the same. */
function inPrice(data: unknown): unknown {
  const { pence: price, ...rest } = data as { pence: number };
  return { price, ...rest };
}
