import type { LoggedCommit, ObservedHistory } from '../support/checker/index.js';
import { commitOf, type Envelope } from './envelopes.js';
import type { System } from './system.js';

/** The logical ids of the functions that tell of each kind of stream. */
const HISTORIES = { product: 'CatalogProductsOutboxHistory', sale: 'SalesInvoicesOutboxHistory' } as const;

const SEGMENTS = 3;

/** So many streams of a kind are read alone: those that have the most commits. */
const ALONE = 8;

interface Page {
  readonly commits: readonly Envelope[];
  readonly more?: boolean;
  readonly cursor?: string;
}

/** What publishers' histories tell: all streams in segments, as a rebuild reads them, and some alone, as a gap does. */
export async function historiesOf(system: System, log: readonly LoggedCommit[]): Promise<ObservedHistory[]> {
  const kinds = ['product', 'sale'] as const;
  const readings = await Promise.all(kinds.map((kind) => ofKind(system, kind, log)));
  return readings.flat();
}

async function ofKind(
  { shop }: System,
  kind: keyof typeof HISTORIES,
  log: readonly LoggedCommit[],
): Promise<ObservedHistory[]> {
  const ask = (question: object): Promise<Page> => shop.invoke(HISTORIES[kind], question) as Promise<Page>;
  const last = new Map<string, number>();
  for (const { stream, version } of log) {
    if (stream.startsWith(`${kind}/`)) last.set(stream, Math.max(version, last.get(stream) ?? 0));
  }
  const isNew = ({ stream }: LoggedCommit): boolean => last.has(stream);
  const inSegments = (await segmented(kind, ask)).filter(isNew);
  const readings: ObservedHistory[] = [{ name: `the history of ${kind} in segments`, of: kind, told: inSegments }];
  const longest = [...last].sort(([, a], [, b]) => b - a).slice(0, ALONE);
  for (const [place, [stream, version]] of longest.entries()) {
    const from = place % 2 === 0 ? 1 : version;
    readings.push({
      name: `the history of ${stream} from ${from}`,
      of: stream,
      from,
      told: await alone(stream, from, ask),
    });
  }
  return readings;
}

async function segmented(streamName: string, ask: (question: object) => Promise<Page>): Promise<LoggedCommit[]> {
  const told: LoggedCommit[] = [];
  for (let segment = 0; segment < SEGMENTS; segment += 1) {
    let cursor: string | undefined;
    do {
      const page = await ask({ streamName, segment, segments: SEGMENTS, cursor });
      told.push(...page.commits.map(commitOf));
      ({ cursor } = page);
    } while (cursor !== undefined);
  }
  return told;
}

async function alone(stream: string, from: number, ask: (question: object) => Promise<Page>): Promise<LoggedCommit[]> {
  const told: LoggedCommit[] = [];
  for (let next = from; ;) {
    const page = await ask({ stream, from: next });
    told.push(...page.commits.map(commitOf));
    if (page.more !== true) return told;
    next = (told.at(-1)?.version ?? next) + 1;
  }
}
