import type { Contribution, Evidence, Fields, LoggedCommit, ObservedEvent, ObservedView } from './evidence.js';
import { grouped, idOf, nameOf } from './plain.js';

/** The commits of each stream that a view follows, in order. */
export function streamsOf({ log }: Evidence, { streamName }: ObservedView): Map<string, LoggedCommit[]> {
  const followed = log.filter(({ stream }) => nameOf(stream) === streamName);
  const streams = grouped(followed, ({ stream }) => stream);
  for (const commits of streams.values()) commits.sort((a, b) => a.version - b.version);
  return streams;
}

/** What a view has to hold of an entity at each of its versions, from 0 on. */
export function entityLife(view: ObservedView, commits: readonly LoggedCommit[]): (Fields | undefined)[] {
  const { fold } = view;
  if (fold.kind !== 'entity') throw new TypeError(`${view.name} holds totals`);
  const states: (Fields | undefined)[] = [undefined];
  for (const commit of commits) {
    let state = states.at(-1);
    for (const event of eventsIn(view, commit)) state = fold.apply(state, event);
    states.push(state);
  }
  return states;
}

/** What a stream has to contribute at each of its versions, from 0 on. */
export function contributionLife(view: ObservedView, commits: readonly LoggedCommit[]): (readonly Contribution[])[] {
  const { fold } = view;
  if (fold.kind !== 'totals') throw new TypeError(`${view.name} holds entities`);
  const events: ObservedEvent[] = [];
  const states: (readonly Contribution[])[] = [[]];
  for (const commit of commits) {
    events.push(...eventsIn(view, commit));
    states.push(fold.contributions([...events], idOf(commit.stream)));
  }
  return states;
}

function eventsIn({ passed = [] }: ObservedView, { stream, version, events }: LoggedCommit): readonly ObservedEvent[] {
  return passed.some((address) => address.stream === stream && address.version === version) ? [] : events;
}
