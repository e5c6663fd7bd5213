import type { Evidence, Fields, LoggedCommit, ObservedRead, ObservedView, Violation } from './evidence.js';
import { contributionLife, entityLife, streamsOf } from './lives.js';
import { canonical, grouped } from './plain.js';
import { shown } from './views.js';

type Read<K extends ObservedRead['kind']> = Extract<ObservedRead, { kind: K }>;
type Streams = ReadonlyMap<string, readonly LoggedCommit[]>;

/** No answer is older than its token, none shows what never was, and none goes back behind what its reader was shown. */
export function readViolations(evidence: Evidence): Violation[] {
  return [...singleReads(evidence), ...backwards(evidence)];
}

/** Clocks of functions differ by up to so much, in milliseconds: for so long the first have moved, the last have not. */
const CLOCKS = 1_000;

/** What a reader was shown of an entity, and is shown an earlier version of later. */
function backwards(evidence: Evidence): Violation[] {
  const entities = (evidence.reads ?? []).filter((read) => read.kind === 'entity');
  const byReader = grouped(entities, ({ reader, view, stream }) => `${reader?.name} ${view} ${stream}`);
  return [...byReader.values()].flatMap((reads) => {
    const [first] = reads;
    const view = evidence.views.find(({ name }) => name === first?.view);
    if (first?.reader === undefined || view === undefined) return [];
    const life = entityLife(view, streamsOf(evidence, view).get(first.stream) ?? []).map(canonical);
    return reads.flatMap((read, place) => {
      const earlier = reads.slice(0, place).filter((one) => isBefore(one, read));
      // The least version that each can have shown, and the newest that this one can.
      const least = Math.max(0, ...earlier.map(({ found }) => life.indexOf(canonical(found))));
      const newest = life.lastIndexOf(canonical(read.found));
      if (newest < 0 || newest >= least) return [];
      return [stale(read, read.stream, `it was shown at version ${newest}, and before to the same reader at ${least}`)];
    });
  });
}

function isBefore({ reader: one }: ObservedRead, { reader: other }: ObservedRead): boolean {
  return one !== undefined && other !== undefined && one.answered + CLOCKS < other.asked;
}

function singleReads(evidence: Evidence): Violation[] {
  return (evidence.reads ?? []).flatMap((read) => {
    const view = evidence.views.find(({ name }) => name === read.view);
    if (view === undefined) throw new TypeError(`a read speaks of the view ${read.view}, which is not among the views`);
    const streams = streamsOf(evidence, view);
    switch (read.kind) {
      case 'entity':
        return entityRead(view, streams, read);
      case 'list':
        return listRead(view, streams, read);
      case 'total':
        return totalRead(view, streams, read);
    }
  });
}

/** What a read may show of an entity: any of its states from the token's version on. */
function allowed(view: ObservedView, streams: Streams, read: ObservedRead, stream: string): (Fields | undefined)[] {
  const life = entityLife(view, streams.get(stream) ?? []);
  return life.slice(Math.min(read.token?.[stream] ?? 0, life.length - 1));
}

function entityRead(view: ObservedView, streams: Streams, read: Read<'entity'>): Violation[] {
  const { stream, found } = read;
  const states = allowed(view, streams, read, stream);
  if (states.some((state) => canonical(state) === canonical(found))) return [];
  return [stale(read, stream, `it was shown as ${shown(found)}, allowed was ${states.map(shown).join(' or ')}`)];
}

function listRead(view: ObservedView, streams: Streams, read: Read<'list'>): Violation[] {
  const violations: Violation[] = [];
  const seen = new Set<string>();
  for (const { stream, item } of read.found) {
    const states = allowed(view, streams, read, stream);
    // Whoever turns pages while an entity moves may meet it on two of them.
    if (seen.has(stream) && states.length < 2) violations.push(stale(read, stream, 'the list shows it twice'));
    seen.add(stream);
    const fits = states.some((state) => belongs(read, state) && canonical(state) === canonical(item));
    if (!fits) {
      violations.push(stale(read, stream, `listed as ${shown(item)}, allowed was ${states.map(shown).join(' or ')}`));
    }
  }
  for (const stream of Object.keys(read.token ?? {})) {
    if (seen.has(stream) || !streams.has(stream)) continue;
    const states = allowed(view, streams, read, stream);
    // … or on none.
    if (states.length > 1 || states.some((state) => !belongs(read, state))) continue;
    violations.push(stale(read, stream, `not listed, though it is ${states.map(shown).join(' or ')}`));
  }
  return violations;
}

function belongs({ where, range }: Read<'list'>, state: Fields | undefined): boolean {
  if (state === undefined || canonical(state[where.field]) !== canonical(where.value)) return false;
  if (range === undefined) return true;
  const place = Number(state[range.field]);
  return place >= (range.from ?? -Infinity) && place <= (range.to ?? Infinity);
}

/** Each measure lies between the least and the most that the streams can have contributed, the token's ones at least that far. */
function totalRead(view: ObservedView, streams: Streams, read: Read<'total'>): Violation[] {
  const least: Record<string, number> = {};
  const most: Record<string, number> = {};
  for (const [stream, commits] of streams) {
    const life = contributionLife(view, commits).slice(Math.min(read.token?.[stream] ?? 0, commits.length));
    const states = life.map((state) => state.find(({ key }) => key === read.key)?.measures ?? {});
    for (const name of new Set(states.flatMap((state) => Object.keys(state)))) {
      const values = states.map((state) => state[name] ?? 0);
      least[name] = (least[name] ?? 0) + Math.min(...values);
      most[name] = (most[name] ?? 0) + Math.max(...values);
    }
  }
  const names = [...new Set([...Object.keys(most), ...Object.keys(read.found ?? {})])];
  return names.flatMap((name) => {
    const value = Number(read.found?.[name] ?? 0);
    const [from, to] = [least[name] ?? 0, most[name] ?? 0];
    if (value >= from && value <= to) return [];
    return [stale(read, read.key, `${name} was shown as ${value}, allowed was ${from} to ${to}`)];
  });
}

function stale(read: ObservedRead, subject: string, message: string): Violation {
  const token = read.token === undefined ? 'without a token' : `with the token ${canonical(read.token)}`;
  return { rule: 'stale', subject, message: `${read.view}, read ${token}: ${subject}: ${message}` };
}
