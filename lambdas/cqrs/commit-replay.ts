import {
  DescribeArchiveCommand,
  DescribeReplayCommand,
  ResourceAlreadyExistsException,
  StartReplayCommand,
  type EventBridgeClient,
} from '@aws-sdk/client-eventbridge';
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { isObject } from '../private/is-object.js';
import { systemClock, type Clock, type CommitTable } from '../stores/index.js';
import { commitGaps, type GapReport } from './commit-gaps.js';

/** An archive, and where what it plays again is kept. */
export interface CommitReplayParts {
  readonly archive: string;
  /** The ARN of the bus that the archive is of: an archive plays to no other. */
  readonly bus: string;
  /** The ARN of the rule that takes what is played, and the only one that does. */
  readonly rule: string;
  readonly queue: string;
  readonly deadLetters: string;
  readonly store: CommitTable;
  readonly events: Pick<EventBridgeClient, 'send'>;
  readonly sqs: Pick<SQSClient, 'send'>;
  /** How much time is left, in milliseconds. */
  readonly remaining: () => number;
  /** Names a replay that its caller has not named: the same for all attempts of an invocation. */
  readonly requestId: string;
  readonly now?: Clock;
}

/** How far a replay is. */
export interface ReplayStatus {
  /** As EventBridge says it: `RUNNING`, `COMPLETED`, `FAILED` and so on. */
  readonly state: string;
  readonly reason?: string;
  /** Events up to this time were played. */
  readonly until?: string;
  /** Commits that are still to be kept; an approximate number. */
  readonly waiting: number;
  /** Commits that could not be kept, of earlier replays too. */
  readonly dead: number;
}

/** What may be asked. */
export type ReplayAnswer = { readonly replay: string } | ReplayStatus | GapReport;

/** A question that the replay function does not understand. */
export class ReplayRequestError extends TypeError {
  override readonly name = 'ReplayRequestError';
  readonly code = 'invalid-replay-request';
}

/** Names begin so, which is what the function is allowed to look at. */
const PREFIX = 'dbpatterns-';
/** What EventBridge takes for the rest of its 64 characters. */
const NAME = /^[\w.-]{1,53}$/;

/**
 * Has an archive play its commits again, and tells how far that is:
 *
 * - `{ from?, name? }` → `{ replay }`: plays what was published since then, or since the archive was made. Of one name there
 *   is one replay: who has got no answer asks again with the same;
 * - `{ replay }` → `{ state, until, waiting, dead }`;
 * - `{ gaps: true, cursor? }` → `{ commits, streams, gaps, cursor? }`: what is kept, and which versions are missing.
 *
 * @throws ReplayRequestError if it is none of these.
 */
export async function commitReplay(parts: CommitReplayParts, request: unknown): Promise<ReplayAnswer> {
  const question = questionOf(request);
  if ('gaps' in question) return commitGaps(parts.store, parts.remaining, question.cursor);
  if ('replay' in question) return status(parts, question.replay);
  return { replay: await start(parts, question) };
}

async function start(parts: CommitReplayParts, { from: since, name: id = parts.requestId }: Wanted): Promise<string> {
  const { archive, bus, rule, events, now = systemClock } = parts;
  const name = `${PREFIX}${id}`;
  const until = now();
  if (since !== undefined && since >= until) {
    const times = `from is ${since.toISOString()}; allowed: a time before ${until.toISOString()}, now`;
    throw new ReplayRequestError(`${times}: say since when commits shall be played again`);
  }
  const from = since ?? (await madeAt(archive, events));
  const request = new StartReplayCommand({
    ReplayName: name,
    EventSourceArn: archive,
    // Events say their time in whole seconds.
    EventStartTime: new Date(Math.floor(from.getTime() / 1000) * 1000),
    EventEndTime: until,
    // The other rules have had these events.
    Destination: { Arn: bus, FilterArns: [rule] },
  });
  try {
    await events.send(request);
  } catch (error) {
    // It was begun, and its answer was lost.
    if (!(error instanceof ResourceAlreadyExistsException)) throw error;
  }
  return name;
}

async function madeAt(archive: string, events: Pick<EventBridgeClient, 'send'>): Promise<Date> {
  const ArchiveName = archive.slice(archive.lastIndexOf('/') + 1);
  const { CreationTime } = await events.send(new DescribeArchiveCommand({ ArchiveName }));
  return CreationTime ?? new Date(0);
}

async function status(
  { events, sqs, queue, deadLetters }: CommitReplayParts,
  ReplayName: string,
): Promise<ReplayStatus> {
  const replay = await events.send(new DescribeReplayCommand({ ReplayName }));
  const [waiting, dead] = await Promise.all([messagesIn(sqs, queue), messagesIn(sqs, deadLetters)]);
  const { State: state = 'UNKNOWN', StateReason: reason, EventLastReplayedTime: until } = replay;
  return { state, reason, until: until?.toISOString(), waiting, dead };
}

async function messagesIn(sqs: Pick<SQSClient, 'send'>, QueueUrl: string): Promise<number> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
        'ApproximateNumberOfMessagesDelayed',
      ],
    }),
  );
  return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
}

/** What is to be played: all, where no time is said. */
interface Wanted {
  readonly from?: Date;
  readonly name?: string;
}

type Question = Wanted | { readonly replay: string } | { readonly gaps: true; readonly cursor?: string };

function questionOf(request: unknown): Question {
  if (isObject(request)) {
    const { from, name, replay, gaps, cursor } = request;
    if (gaps === true && (cursor === undefined || typeof cursor === 'string')) return { gaps, cursor };
    if (typeof replay === 'string' && replay.startsWith(PREFIX)) return { replay };
    if (gaps === undefined && replay === undefined && isName(name)) {
      if (from === undefined) return { name };
      const time = new Date(typeof from === 'string' ? from : NaN);
      if (!Number.isNaN(time.getTime())) return { from: time, name };
    }
  }
  throw new ReplayRequestError(
    'ask with { "from": "2026-01-31T12:00:00Z" } or {}, and with a "name" of up to 53 letters, digits, ".", "-" and "_" ' +
      'to ask for the same once more; with { "replay": … } of its answer; or with { "gaps": true }, and with the cursor ' +
      'to go on',
  );
}

const isName = (name: unknown): name is string | undefined =>
  name === undefined || (typeof name === 'string' && NAME.test(name));
