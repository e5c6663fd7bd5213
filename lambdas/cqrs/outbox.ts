import type { Row, SqlParameters, Statements } from '../stores/index.js';
import { streamName } from './envelope.js';
import { UnexpectedAnswerError } from './unexpected-answer.js';
import type { Recorded } from './write-model.js';

/** What is appended: a commit, and the command that made it. */
export interface Append {
  readonly command: string;
  readonly fingerprint: string;
  readonly stream: string;
  /** The version that the stream must have; 0 for none yet. Default: any. */
  readonly expected?: number;
  /** See `commitText`. */
  readonly commit: string;
}

/** A commit with its address. */
export interface StoredCommit {
  readonly stream: string;
  readonly version: number;
  readonly commit: string;
}

/** How long things are kept. */
export interface OutboxTimes {
  readonly retentionDays: number;
  /** For how many seconds a new commit is left to the function that made it. Default: 30. */
  readonly lease?: number;
}

/** The address of a commit. */
export type CommitKey = Pick<StoredCommit, 'stream' | 'version'>;

const DEFAULT_LEASE = 30;

/** A retention may be a part of a day. */
const seconds = (days: number): number => Math.round(days * 86_400);

/** The call that appends, to be put into a statement; its parameters begin with `k_`. It gives version, recorded_at. */
export const appendCall = (stream = 'cast(:k_stream as text)'): string => `dbpatterns.append(
  cast(:k_command as text), cast(:k_fingerprint as text), ${stream}, cast(:k_expected as integer),
  cast(:k_commit as text), cast(:k_lease as integer), cast(:k_retention as integer))`;

/** The parameters of {@link appendCall}. */
export function appendParameters(append: Append, { retentionDays, lease = DEFAULT_LEASE }: OutboxTimes): SqlParameters {
  return {
    k_command: append.command,
    k_fingerprint: append.fingerprint,
    k_stream: append.stream,
    k_expected: append.expected ?? null,
    k_commit: append.commit,
    k_lease: lease,
    k_retention: seconds(retentionDays),
  };
}

/** What {@link appendCall} answers. */
export interface AppendedRow extends Row {
  version: number;
  recorded_at: number;
}

/** Appends inside a transaction. */
export async function append(tx: Statements, commit: Append, times: OutboxTimes): Promise<Recorded> {
  const text = `select version, recorded_at from ${appendCall()}`;
  const [row] = await tx.query<AppendedRow>(text, appendParameters(commit, times));
  return recordedRow(commit.stream, row);
}

/** What an append answered, as an answer. */
export function recordedRow(stream: string, row: AppendedRow | undefined): Recorded {
  if (row === undefined) throw new UnexpectedAnswerError('the outbox answered an append with no row');
  return { stream, version: row.version, at: row.recorded_at };
}

interface RecordedRow extends Row {
  fingerprint: string | null;
  stream: string;
  version: number;
  recorded_at: number;
  actual: number;
}

/** What is known of a command and of the stream that it is for. */
export interface Known {
  /** What the command did earlier, and the fingerprint of its content, if it is remembered. */
  readonly earlier?: Recorded & { readonly fingerprint: string };
  /** The version of the stream. */
  readonly actual: number;
}

/** What a command did earlier, and where its stream is now. */
export async function recorded(db: Statements, command: string, stream: string, retentionDays: number): Promise<Known> {
  const [row] = await db.query<RecordedRow>(
    `select fingerprint, stream, version, recorded_at, actual
       from dbpatterns.recorded(cast(:command as text), cast(:stream as text), cast(:retention as integer))`,
    { command, stream, retention: seconds(retentionDays) },
    { idempotent: true },
  );
  if (row === undefined) throw new UnexpectedAnswerError('the outbox answered a question with no row');
  const { fingerprint, version, recorded_at: at, actual } = row;
  return fingerprint === null ? { actual } : { earlier: { stream: row.stream, version, at, fingerprint }, actual };
}

/** Marks commits as published. */
export async function markPublished(
  db: Statements,
  commits: readonly CommitKey[],
  signal?: AbortSignal,
): Promise<void> {
  if (commits.length === 0) return;
  const keys = JSON.stringify(commits.map(({ stream, version }) => ({ stream, version })));
  await db.query('select dbpatterns.published(cast(:keys as text)) as marked', { keys }, { idempotent: true, signal });
}

/** A piece of a commit, as the outbox answers it. */
export interface ChunkRow extends Row {
  stream: string;
  version: number;
  chunk: string;
}

/** Takes unpublished commits whose lease has run out, oldest first. Those over the limit come without their events. */
export async function claim(
  db: Statements,
  options: { limit: number; maxBytes: number; entryLimit: number; lease: number },
): Promise<StoredCommit[]> {
  const rows = await db.query<ChunkRow>(
    `select stream, version, part, chunk from dbpatterns.claim(
       cast(:limit as integer), cast(:bytes as integer), cast(:entry as integer), cast(:lease as integer))`,
    { limit: options.limit, bytes: options.maxBytes, entry: options.entryLimit, lease: options.lease },
    // A claim whose answer is lost holds its commits until the lease ends; the next one takes others.
    { idempotent: true },
  );
  return joined(rows);
}

/** What waits to be published. */
export interface WaitingCommits {
  /** In how many seconds the first lease of a commit of that age ends; undefined if none waits. */
  readonly lease?: number;
  /** How old the oldest unpublished commit is, in seconds; 0 if there is none. */
  readonly age: number;
}

/** What waits to be published; those younger than an age, in seconds, are in the hands of the function that made them. */
export async function waiting(db: Statements, olderThan: number): Promise<WaitingCommits> {
  const [row] = await db.query<{ lease: number | null; age: number | null }>(
    'select lease, age from dbpatterns.waiting(cast(:age as integer))',
    { age: olderThan },
    { idempotent: true },
  );
  return { lease: row?.lease ?? undefined, age: row?.age ?? 0 };
}

/** Deletes expired commits, a portion; how many were looked at, and how many deleted. */
export async function expire(
  db: Statements,
  historyDays: number,
  limit: number,
): Promise<{ readonly looked: number; readonly deleted: number }> {
  const [row] = await db.query<{ looked: number; deleted: number }>(
    'select looked, deleted from dbpatterns.expire(cast(:retention as bigint), cast(:limit as integer))',
    { retention: seconds(historyDays), limit },
    { idempotent: true },
  );
  return row ?? { looked: 0, deleted: 0 };
}

/** Forgets expired commands, at most so many of them, and says how many they were. */
export async function tidy(db: Statements, retentionDays: number, limit: number): Promise<number> {
  const [row] = await db.query<{ deleted: number }>(
    'select dbpatterns.tidy(cast(:retention as integer), cast(:limit as integer)) as deleted',
    { retention: seconds(retentionDays), limit },
    { idempotent: true },
  );
  return row?.deleted ?? 0;
}

/** Rows come in order; the pieces of a commit follow each other. */
export function joined(rows: readonly ChunkRow[]): StoredCommit[] {
  const commits: { stream: string; version: number; commit: string }[] = [];
  for (const { stream, version, chunk } of rows) {
    const last = commits.at(-1);
    if (last?.stream === stream && last.version === version) last.commit += chunk;
    else commits.push({ stream, version, commit: chunk });
  }
  return commits;
}

/** The transport's detail-type of a commit. */
export const detailType = ({ stream }: CommitKey): string => streamName(stream);
