import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { systemClock, type Clock, type CommitTable } from '../stores/index.js';
import type { CommitItem } from './commit-items.js';
import { versionKey } from './commit-keys.js';
import { Overtaken, writeCommit } from './commit-writes.js';
import { deliveryOf } from './delivery.js';
import { commitText, type Envelope } from './envelope.js';
import type { HistoryReader } from './history-reader.js';
import { HistoryUnavailableError } from './history-unavailable.js';
import { said, systemLog, type Log } from './log.js';
import type { StoredCommit } from './outbox.js';

/** What commits are imported with. */
export interface CommitImportDependencies {
  /** Where they are kept. Nothing else writes to it. */
  readonly store: CommitTable;
  /** The name of the stream. */
  readonly stream: string;
  /** The publisher's own history, for what came without its events. */
  readonly history: HistoryReader;
  readonly now?: Clock;
  readonly log?: Log;
}

/** An event whose envelope is whole. */
type Whole = Envelope & Required<Pick<Envelope, 'data'>>;

/**
 * Keeps the commits that the bus brings, live ones and those that an archive plays again: each is inserted under its
 * stream and version. So neither their order matters nor how often they come.
 *
 * A commit over the transport's limit travels without its events; it is read from the publisher's own history. What
 * cannot be kept is received again and becomes a dead letter in the end.
 */
export async function commitImport({ Records }: SQSEvent, deps: CommitImportDependencies): Promise<SQSBatchResponse> {
  const { log = systemLog } = deps;
  const kept = await Promise.all(
    Records.map(async (record) => {
      try {
        await keep(record, deps);
        return [];
      } catch (error) {
        log({ level: 'error', message: 'a commit was not kept', messageId: record.messageId, ...said(error) });
        return [{ itemIdentifier: record.messageId }];
      }
    }),
  );
  return { batchItemFailures: kept.flat() };
}

async function keep(record: SQSRecord, deps: CommitImportDependencies): Promise<void> {
  const { envelope } = deliveryOf(record, deps.stream);
  const whole = isWhole(envelope) ? envelope : await fromHistory(envelope, deps);
  if (whole === undefined) return;
  try {
    await writeCommit(deps.store, itemOf(whole, deps.now ?? systemClock), []);
  } catch (error) {
    // No transaction ever touches the table, so that it can only be there already.
    if (!(error instanceof Overtaken)) throw error;
  }
}

/** The commit with its events; undefined where it is kept already, which is looked at only where nobody else has it. */
async function fromHistory(
  { id, subject, version }: Envelope,
  { history, store }: CommitImportDependencies,
): Promise<Whole | undefined> {
  let cause: unknown;
  try {
    const { commits } = await history(subject, version);
    const commit = commits.find((one) => one.version === version);
    if (commit !== undefined && isWhole(commit)) return commit;
  } catch (error) {
    cause = error;
  }
  if (await isKept(store, subject, version)) return undefined;
  const why = cause === undefined ? 'it is not there' : said(cause).reason;
  const reason = `${id} came without its events, and the publisher's history does not give it: ${why}`;
  throw new HistoryUnavailableError(reason, { cause });
}

async function isKept({ client, table }: CommitTable, stream: string, version: number): Promise<boolean> {
  const Key = { stream, version: versionKey(version) };
  const key = { ProjectionExpression: '#version', ExpressionAttributeNames: { '#version': 'version' } };
  const { Item } = await client.send(new GetCommand({ TableName: table, Key, ConsistentRead: true, ...key }));
  return Item !== undefined;
}

const isWhole = (envelope: Envelope): envelope is Whole => envelope.data !== undefined;

/** The item that a command would have written, but for the time, which is now; what its content was, no envelope says. */
function itemOf(envelope: Whole, now: Clock): CommitItem {
  const at = Math.floor(now().getTime() / 1000);
  return { ...storedCommit(envelope), command: envelope.causationid, fingerprint: '', at };
}

/** A commit as its publisher stores it. */
export function storedCommit(envelope: Envelope): StoredCommit {
  const { source, subject, version, time, correlationid, causationid, traceparent, data } = envelope;
  const commit = commitText({
    service: source,
    stream: subject,
    time: new Date(time),
    correlationId: correlationid,
    causationId: causationid,
    traceparent,
    events: data?.events ?? [],
  });
  return { stream: subject, version, commit };
}
