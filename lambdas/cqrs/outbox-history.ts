import type { PostgresClient, Row } from '../stores/index.js';
import { HistoryRequestError, type HistorySource } from './history.js';
import { HistoryExpiredError } from './history-expired.js';
import { PAGE_BYTES } from './limits.js';
import { joined, type ChunkRow } from './outbox.js';

/** Of a page of so many commits, the room for each in bytes: usual ones fit, and few more are read than asked for. */
const COMMIT_BYTES = 1000;

/** History as the outbox keeps it. */
export function outboxHistory(db: PostgresClient, pageBytes = PAGE_BYTES): HistorySource {
  return {
    async stream({ stream, from }) {
      const rows = await db.query<ChunkRow & { more: boolean }>(
        `select cast(:stream as text) as stream, version, part, chunk, more
           from dbpatterns.history(cast(:stream as text), cast(:from as integer), cast(:bytes as integer))`,
        { stream, from, bytes: pageBytes },
        { idempotent: true },
      );
      const commits = joined(rows);
      const [first] = commits;
      if (first !== undefined && first.version > from) throw new HistoryExpiredError(stream, first.version);
      return { commits, more: rows[0]?.more ?? false };
    },
    async segment({ streamName, segment, segments, cursor, most = Infinity }) {
      const after = cursor === undefined ? { stream: null, version: null } : readCursor(cursor);
      const rows = await db.query<ChunkRow & { more: boolean }>(
        `select stream, version, part, chunk, more
           from dbpatterns.segment(cast(:name as text), cast(:segment as integer), cast(:segments as integer),
                                   cast(:stream as text), cast(:version as integer), cast(:bytes as integer))`,
        { name: streamName, segment, segments, ...after, bytes: Math.min(pageBytes, most * COMMIT_BYTES) },
        { idempotent: true },
      );
      const all = joined(rows);
      const commits = all.slice(0, most);
      const last = commits.at(-1);
      const more = rows[0]?.more === true || commits.length < all.length;
      return { commits, ...(last !== undefined && more ? { cursor: writeCursor(last) } : {}) };
    },
    async count(streamName) {
      const [row] = await db.query<Row & { commits: number; exact: boolean }>(
        'select commits, exact from dbpatterns.counted(cast(:name as text))',
        { name: streamName },
        { idempotent: true },
      );
      return { commits: row?.commits ?? 0, exact: row?.exact ?? true };
    },
  };
}

const writeCursor = ({ stream, version }: { stream: string; version: number }): string => `${version}@${stream}`;

function readCursor(cursor: string): { stream: string; version: number } {
  const [, version, stream] = /^(\d+)@(.+)$/s.exec(cursor) ?? [];
  if (version === undefined || stream === undefined) {
    throw new HistoryRequestError('this cursor is not of an answer of this function: begin again without one');
  }
  return { stream, version: Number(version) };
}
