import type { LoggedCommit, PublishedCommit } from '../support/checker/index.js';

/** A commit as it travels, as far as it is looked at. */
export interface Envelope {
  readonly subject: string;
  readonly version?: number;
  readonly causationid: string;
  readonly data?: { readonly events: readonly { readonly type: string; readonly data: unknown }[] };
}

/** A commit as history tells it: with its events. */
export function commitOf({ subject: stream, version = 0, causationid: command, data }: Envelope): LoggedCommit {
  return { stream, version, command, events: eventsOf(data) };
}

/** A commit as subscribers are sent it. */
export function publishedOf(text: string): PublishedCommit {
  const { subject: stream, version = 0, causationid: command, data } = JSON.parse(text) as Envelope;
  return { stream, version, command, ...(data === undefined ? {} : { events: eventsOf(data) }) };
}

/** A commit as it is stored: its stream and its version stand beside it. */
export function loggedOf({ stream, version, commit }: Readonly<Record<string, unknown>>): LoggedCommit {
  const { causationid: command, data } = JSON.parse(String(commit)) as Envelope;
  return { stream: String(stream), version: Number(version), command, events: eventsOf(data) };
}

function eventsOf(data: Envelope['data']): LoggedCommit['events'] {
  return (data?.events ?? []).map((event) => ({ type: event.type, data: event.data }));
}
