import { beforeEach, describe, expect, it } from 'vitest';
import type { SQSEvent } from 'aws-lambda';
import { commitGaps, type GapReport } from '../../../lambdas/cqrs/commit-gaps.js';
import { commitHistory } from '../../../lambdas/cqrs/commit-history.js';
import { commitImport, type CommitImportDependencies } from '../../../lambdas/cqrs/commit-import.js';
import { commitText, envelopeText, parseEnvelope, withoutEvents } from '../../../lambdas/cqrs/envelope.js';
import { history } from '../../../lambdas/cqrs/history.js';
import type { Envelope, LogEntry } from '../../../lambdas/cqrs/index.js';
import { CommitRig } from './commit-rig.js';
import { busMessages } from './bus-messages.js';
import { shuffled } from './view-rig.js';

let rig: CommitRig;
let log: LogEntry[];
let asked: string[];
let publisher: Envelope[];

beforeEach(async () => {
  rig = await CommitRig.start('imported');
  log = [];
  asked = [];
  publisher = [];
});

function commit(stream: string, version: number, note = ''): Envelope {
  return parseEnvelope(envelopeText(stream, version, textOf(stream, note)));
}

const textOf = (stream: string, note: string): string =>
  commitText({
    service: 'catalog',
    stream,
    time: new Date('2026-03-01T08:00:00.123Z'),
    correlationId: 'a request',
    causationId: 'a command',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    events: [{ type: 'Noted', v: 1, data: { note, price: 1.5, tags: ['é', '"'] } }],
  });

/** As it travels where it is too large. */
const thin = (stream: string, version: number): Envelope =>
  parseEnvelope(envelopeText(stream, version, withoutEvents(textOf(stream, ''))));

const deps = (): CommitImportDependencies => ({
  store: rig.store,
  stream: 'product',
  history: async (stream, from) => {
    asked.push(`${stream}:${from}`);
    return { commits: publisher.filter(({ subject, version }) => subject === stream && version >= from), more: false };
  },
  log: (entry) => log.push(entry),
});

const given = (commits: readonly unknown[]): SQSEvent => busMessages(commits);

async function kept(stream: string): Promise<readonly Envelope[]> {
  return (await history(commitHistory(rig.store), { stream, from: 1 })).commits;
}

describe('the import of commits', () => {
  it('keeps each commit once and as it was, in whatever order and however often they come', async () => {
    const commits = [1, 2, 3, 4, 5].map((version) => commit('product/a', version, `number ${version}`));
    for (const seed of [1, 2, 3]) {
      expect(await commitImport(given(shuffled([...commits, ...commits], seed)), deps())).toEqual({
        batchItemFailures: [],
      });
    }
    expect(await kept('product/a')).toEqual(commits);
    expect(asked).toEqual([]);
  });

  it('costs a request and a unit a commit, and reads nothing', async () => {
    await commitImport(given([commit('product/a', 1), commit('product/b', 1)]), deps());
    expect(rig.counts()).toEqual({ commands: ['ExecuteStatement', 'ExecuteStatement'], write: 2, read: 0 });
  });

  it("asks the publisher's history for a commit that came without its events", async () => {
    publisher = [1, 2, 3].map((version) => commit('product/a', version, 'large'));
    await commitImport(given([commit('product/a', 1, 'large'), thin('product/a', 2)]), deps());
    expect(asked).toEqual(['product/a:2']);
    expect(await kept('product/a')).toEqual(publisher.slice(0, 2));
  });

  it('passes over what came without its events where it is kept already, though nobody else has it any more', async () => {
    publisher = [commit('product/a', 1, 'large')];
    await commitImport(given([thin('product/a', 1)]), deps());
    publisher = [];
    rig.counts();
    expect(await commitImport(given([thin('product/a', 1)]), deps())).toEqual({ batchItemFailures: [] });
    expect(rig.counts().commands).toEqual(['GetItem']);
    expect(await kept('product/a')).toHaveLength(1);
  });

  it('gives back what nobody has any more, and what is no envelope of the stream, and keeps the others', async () => {
    const strange = [thin('product/a', 2), commit('sale/a', 1), { no: 'envelope' }];
    const answer = await commitImport(given([commit('product/a', 1), ...strange, commit('product/b', 1)]), deps());
    expect(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['1', '2', '3']);
    expect(log.map(({ error }) => error).sort()).toEqual([
      'history-unavailable',
      'invalid-envelope',
      'invalid-envelope',
    ]);
    expect(log.find(({ error }) => error === 'history-unavailable')?.['reason']).toContain('product/a@2 came without');
    expect([await kept('product/a'), await kept('product/b')]).toMatchObject([[{ version: 1 }], [{ version: 1 }]]);
  });

  it('gives back what the table would not take', async () => {
    const client = rig.client(() => Promise.reject(new Error('throttled')));
    const throttled = { ...deps(), store: { table: rig.table, client } };
    const answer = await commitImport(given([commit('product/a', 1)]), throttled);
    expect(answer.batchItemFailures).toEqual([{ itemIdentifier: '0' }]);
  });
});

describe('a version that is missing before others', () => {
  const at = Date.parse('2026-03-01T12:00:00Z');
  const asked = (minutes: number, from: number) =>
    history(
      commitHistory(rig.store, () => new Date(at + minutes * 60_000)),
      { stream: 'product/a', from },
    );

  beforeEach(async () => {
    const commits = [1, 4, 5].map((version) => commit('product/a', version));
    await commitImport(given(commits), { ...deps(), now: () => new Date(at) });
  });

  it('may still come at first, however old the commits are', async () => {
    expect((await asked(59, 2)).commits.map(({ version }) => version)).toEqual([4, 5]);
  });

  it('is lost after an hour, and history says what it has left', async () => {
    await expect(asked(61, 2)).rejects.toMatchObject({ code: 'history-expired', oldest: 4 });
    expect((await asked(61, 4)).commits.map(({ version }) => version)).toEqual([4, 5]);
    expect((await asked(61, 6)).commits).toEqual([]);
  });

  it('is there when it has come', async () => {
    await commitImport(given([commit('product/a', 3), commit('product/a', 2)]), deps());
    expect((await asked(61, 2)).commits.map(({ version }) => version)).toEqual([2, 3, 4, 5]);
  });
});

describe('what is missing', () => {
  /** All pages, each as short as it may be. */
  async function pages(): Promise<{ sum: GapReport; pages: number }> {
    let sum: GapReport = { commits: 0, streams: 0, missing: 0, gaps: [] };
    for (let count = 1, cursor: string | undefined; ; count += 1) {
      const page = await commitGaps(rig.store, () => 0, cursor);
      ({ cursor } = page);
      sum = {
        commits: sum.commits + page.commits,
        streams: sum.streams + page.streams,
        missing: sum.missing + page.missing,
        gaps: [...sum.gaps, ...page.gaps],
      };
      if (cursor === undefined) return { sum, pages: count };
    }
  }

  it('is nothing where all is kept', async () => {
    await commitImport(given([commit('product/a', 1), commit('product/a', 2), commit('product/b', 1)]), deps());
    expect((await pages()).sum).toEqual({ commits: 3, streams: 2, missing: 0, gaps: [] });
  });

  it('is found at the beginning and in the middle of a stream, over all pages', async () => {
    const large = 'x'.repeat(250_000);
    const versions = { a: [1, 2, 3, 4, 5, 6], b: [3, 4, 5, 9], c: [1, 2] };
    const commits = Object.entries(versions).flatMap(([id, list]) =>
      list.map((version) => commit(`product/${id}`, version, large)),
    );
    await commitImport(given(commits), deps());
    await rig.send('state/CreateProduct', { price: 1 });
    const { sum, pages: count } = await pages();
    expect(count).toBeGreaterThan(2);
    expect(sum).toEqual({
      commits: 13,
      streams: 4,
      missing: 5,
      gaps: [
        { stream: 'product/b', from: 1, to: 2 },
        { stream: 'product/b', from: 6, to: 8 },
      ],
    });
  });
});
