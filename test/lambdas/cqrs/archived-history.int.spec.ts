import { beforeEach, describe, expect, it } from 'vitest';
import { archivedHistory } from '../../../lambdas/cqrs/archived-history.js';
import { commitImport } from '../../../lambdas/cqrs/commit-import.js';
import { commitText, envelopeText, parseEnvelope } from '../../../lambdas/cqrs/envelope.js';
import { history } from '../../../lambdas/cqrs/history.js';
import { HistoryExpiredError, HistoryUnavailableError, type Envelope } from '../../../lambdas/cqrs/index.js';
import { busMessages } from './bus-messages.js';
import { CommitRig } from './commit-rig.js';

const STREAM = 'product/a';
const NOW = Date.parse('2026-03-01T12:00:00Z');

let rig: CommitRig;
/** What the publisher has, or what it answers instead. */
let published: readonly Envelope[] | Error;

beforeEach(async () => {
  rig = await CommitRig.start('archived');
  published = [];
});

const commit = (version: number): Envelope =>
  parseEnvelope(
    envelopeText(
      STREAM,
      version,
      commitText({
        service: 'catalog',
        stream: STREAM,
        time: new Date('2026-03-01T08:00:00.123Z'),
        correlationId: 'a request',
        causationId: 'a command',
        events: [{ type: 'Noted', v: 1, data: { version } }],
      }),
    ),
  );

const publisher = (_: string, from: number) => {
  if (published instanceof Error) return Promise.reject(published);
  const rest = published.filter(({ version }) => version >= from);
  const [first] = rest;
  if (first !== undefined && first.version > from) {
    return Promise.reject(new HistoryExpiredError(STREAM, first.version));
  }
  return Promise.resolve({ commits: rest.slice(0, 2), more: rest.length > 2 });
};

async function kept(...versions: number[]): Promise<void> {
  const deps = { store: rig.store, stream: 'product', history: publisher, now: () => new Date(NOW) };
  const { batchItemFailures } = await commitImport(busMessages(versions.map(commit)), deps);
  expect(batchItemFailures).toEqual([]);
}

/** All of the stream from a version on, page after page, so many minutes after it was kept. */
async function read(from: number, minutes = 1): Promise<readonly Envelope[]> {
  const source = archivedHistory(rig.store, publisher, () => new Date(NOW + minutes * 60_000));
  const all: Envelope[] = [];
  for (;;) {
    const { commits, more } = await history(source, { stream: STREAM, from: from + all.length });
    all.push(...commits);
    if (!more) return all;
    expect(commits).not.toEqual([]);
  }
}

describe('the history of an import', () => {
  it('goes on with what its publisher has, where the import is behind', async () => {
    await kept(1, 2);
    published = [1, 2, 3, 4, 5].map(commit);
    expect(await read(1)).toEqual([1, 2, 3, 4, 5].map(commit));
    expect(await read(4)).toEqual([4, 5].map(commit));
    expect(await read(6)).toEqual([]);
  });

  it('holds what its publisher has no longer, and has holes filled where that has what was lost on the way', async () => {
    await kept(1, 3);
    published = [2, 3].map(commit);
    expect(await read(1, 120)).toEqual([1, 2, 3].map(commit));
  });

  it('has no end where its publisher cannot be asked: what was delivered may be missing', async () => {
    await kept(1);
    published = new HistoryUnavailableError('away');
    await expect(read(1)).rejects.toBe(published);
    await expect(read(2)).rejects.toBe(published);
  });

  it('is late where its publisher has nothing of it but what comes after, which the import will have', async () => {
    await kept(1);
    published = [commit(4)];
    await expect(read(1)).rejects.toMatchObject({ code: 'history-unavailable' });
    const { data: _, ...cut } = commit(2);
    published = [cut];
    await expect(read(1)).rejects.toMatchObject({ code: 'history-unavailable' });
  });

  it('has lost what nobody has for an hour after what follows it was kept', async () => {
    await kept(1, 4);
    published = [commit(4)];
    await expect(read(1)).rejects.toMatchObject({ code: 'history-unavailable' });
    await expect(read(1, 61)).rejects.toMatchObject({ code: 'history-expired', oldest: 4 });
    published = [];
    await expect(read(2, 61)).rejects.toMatchObject({ code: 'history-expired', oldest: 4 });
  });
});
