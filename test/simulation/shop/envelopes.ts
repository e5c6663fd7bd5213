import type { LoggedCommit, ObservedEvent, PublishedCommit } from '../../support/checker/index.js';

/** A commit as it is stored and sent, as far as a checker looks. */
export interface Envelope {
  readonly causationid: string;
  readonly subject: string;
  readonly version: number;
  readonly data?: { readonly events: readonly ObservedEvent[] };
}

/** What an envelope tells of a commit. */
export function commitOf(envelope: Envelope): LoggedCommit {
  const { events = [], ...commit } = publishedOf(envelope);
  return { ...commit, events };
}

/** What an envelope tells of a commit, which may be without its events. */
export function publishedOf({ subject: stream, version, causationid: command, data }: Envelope): PublishedCommit {
  const events = data?.events.map(({ type, data: content }) => ({ type, data: content }));
  return { stream, version, command, ...(events === undefined ? {} : { events }) };
}
