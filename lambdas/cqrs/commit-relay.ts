import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { Clock, Random, Sleep } from '../stores/index.js';
import { isState } from './commit-keys.js';
import { EnvelopeError, envelopeText, parseEnvelope } from './envelope.js';
import { said, systemLog, type Log } from './log.js';
import type { StoredCommit } from './outbox.js';
import { publish, type Bus } from './publish.js';

/** What the relay of a commit table works with. */
export interface CommitRelayDependencies {
  readonly bus: Bus;
  /** How much time is left, in milliseconds. */
  readonly remaining: () => number;
  readonly now?: Clock;
  readonly random?: Random;
  readonly sleep?: Sleep;
  readonly log?: Log;
}

/** What a batch came to. */
export interface CommitRelayReport {
  readonly published: number;
}

/** The bus refused commits to the end. The whole batch comes again, and what was published is published twice. */
export class UnpublishedError extends Error {
  override readonly name = 'UnpublishedError';
  readonly code = 'unpublished';

  constructor(
    /** How many commits. */
    readonly count: number,
    reason: string,
  ) {
    super(`${count} commits were not published, the batch comes again: ${reason}`);
  }
}

/** A run ends while this much time is left, in milliseconds. */
const RESERVE = 2_000;

/**
 * Publishes a batch of a commit table's stream. It succeeds as a whole or throws as a whole: entries that the bus
 * refuses are sent again, with jitter, while there is time. Partial failures of a stream would be retried from the first
 * one anyway, and everything is delivered at least once.
 *
 * State, and whatever else is not the insertion of a commit, is passed over. What is no commit at all could never be
 * published and would hold up its shard for a day: it is logged and passed over too.
 *
 * @throws UnpublishedError if time was up.
 */
export async function commitRelay(
  { Records }: DynamoDBStreamEvent,
  deps: CommitRelayDependencies,
): Promise<CommitRelayReport> {
  const commits = Records.flatMap((record) => inserted(record) ?? []);
  return { published: await publishAll(commits, deps) };
}

/**
 * Publishes all of these commits, or throws.
 *
 * @throws UnpublishedError if time was up.
 */
export async function publishAll(commits: readonly StoredCommit[], deps: CommitRelayDependencies): Promise<number> {
  const { bus, remaining, now, random, sleep, log = systemLog } = deps;
  const within = Math.max(0, remaining() - RESERVE);
  const mayPass = (commit: StoredCommit): boolean => isPublishable(commit, log);
  const options = { attempts: Infinity, within, now, random, sleep, mayPass };
  const { published, left, fault = 'unknown' } = await publish(bus, commits, options);
  if (left > 0) throw new UnpublishedError(left, fault);
  return published.length;
}

function inserted({ eventName, dynamodb }: DynamoDBRecord): StoredCommit | undefined {
  const { stream, version, commit } = dynamodb?.NewImage ?? {};
  if (eventName !== 'INSERT' || stream?.S === undefined || version?.S === undefined) return undefined;
  if (commit?.S === undefined || isState(stream.S)) return undefined;
  return { stream: stream.S, version: Number(version.S), commit: commit.S };
}

/** Whether a commit that the bus refused is one. */
function isPublishable({ stream, version, commit }: StoredCommit, log: Log): boolean {
  try {
    parseEnvelope(envelopeText(stream, version, commit));
    return true;
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    log({ level: 'error', message: 'an item is no commit and cannot be published', stream, version, ...said(error) });
    return false;
  }
}
