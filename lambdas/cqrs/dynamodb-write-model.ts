import { retrying } from '../stores/index.js';
import type { Clock, CommitTable, Random, Sleep } from '../stores/index.js';
import { isContended } from './cancellation.js';
import { stateReader, type CommitItem } from './commit-items.js';
import { busy, keyReused, unavailable, versionConflict } from './command-problem.js';
import type { CommandRequest } from './command-request.js';
import { Overtaken, writeCommit } from './commit-writes.js';
import type { Contract, EventsOf } from './contract.js';
import { partsOf, type DynamoDbCommandContext, type DynamoDbDecision } from './dynamodb-command.js';
import { newCommit } from './new-commit.js';
import type { Stream } from './stream.js';
import { StreamHistory } from './stream-history.js';
import type { Executed, WriteModel } from './write-model.js';

/** What the write model on DynamoDB is made of. */
export interface DynamoDbWriteModelParts<C extends Contract> {
  readonly store: CommitTable;
  readonly stream: Stream<C>;
  readonly service: string;
  /** For how long a repeated command gets its first answer, in days. */
  readonly retentionDays: number;
  readonly now: Clock;
  readonly random: Random;
  readonly sleep: Sleep;
}

type Context<C extends Contract> = Omit<DynamoDbCommandContext<unknown, EventsOf<C>>, 'data'>;
type Decision<C extends Contract> = DynamoDbDecision<EventsOf<C>>;
type Run<C extends Contract> = (context: Context<C>) => Promise<Decision<C>>;

/** What is left for the last attempt and the answer, in milliseconds. */
const RESERVE = 2_000;

/** Waits between writers of one stream: 64 at once then meet about once more each, and without jitter 20 times. */
const BASE = 80;
const CAP = 400;

/** DynamoDB could not now. The SDK has tried several times. */
const THROTTLED = [
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'TransactionInProgressException',
];

/**
 * Commits as items, insert only. A commit with its command's id is one item, which makes both durable together; state
 * beside it is changed in the same transaction. The table's stream publishes: this writes and answers.
 *
 * A command that asks for no history is taken to begin its entity: it inserts version 1 and reads nothing. Everything
 * else is appended to a version that was read, so that there is never a hole. Where another commit was first, the
 * stream's history is read, which also shows whether it was this very command that came before.
 */
export class DynamoDbWriteModel<C extends Contract> implements WriteModel<Context<C>, Decision<C>> {
  constructor(private readonly parts: DynamoDbWriteModelParts<C>) {}

  async execute(request: CommandRequest, run: Run<C>, remaining: () => number): Promise<Executed> {
    const { store, stream, now, random, sleep } = this.parts;
    const history = new StreamHistory(store, stream, `${request.streamName}/${request.id}`);
    try {
      return await retrying((attempt) => this.attempt(request, run, history, attempt), {
        when: (error) => error instanceof Overtaken,
        within: Math.max(0, remaining() - RESERVE),
        base: BASE,
        cap: CAP,
        now,
        random,
        sleep,
      });
    } catch (error) {
      if (error instanceof Overtaken) throw busy(error);
      throw isThrottled(error) ? unavailable(error) : error;
    }
  }

  private async attempt(
    request: CommandRequest,
    run: Run<C>,
    history: StreamHistory<C>,
    attempt: number,
  ): Promise<Executed> {
    // Read after the pause, not before: what was read then is old, and would be overtaken again.
    const earlier = attempt === 1 ? undefined : await this.read(request, history);
    return earlier ?? this.tried(request, run, history);
  }

  private async tried(request: CommandRequest, run: Run<C>, history: StreamHistory<C>): Promise<Executed> {
    const { expected } = request;
    const isBlind = history.version === undefined;
    try {
      return await this.store(request, run, history);
    } catch (error) {
      const isOvertaken = error instanceof Overtaken;
      if (isOvertaken && expected === undefined && history.version !== undefined) throw error;
      // A repeat may surface as any error, of the handler's too, so each is checked against what was done before.
      const earlier = this.earlier(request, history) ?? (await this.read(request, history));
      if (earlier !== undefined) return earlier;
      if (!isOvertaken) throw error;
      const { version: actual = 0 } = history;
      if (expected !== undefined && expected !== actual)
        throw versionConflict(history.address, expected, actual, error);
      // The entity was not new, which is no contention yet. Of one that is new, others were in the way of the state.
      if (isBlind && actual > 0) return this.tried(request, run, history);
      throw error;
    }
  }

  private async store(request: CommandRequest, run: Run<C>, history: StreamHistory<C>): Promise<Executed> {
    const { store, now } = this.parts;
    const { id, command, fingerprint, expected } = request;
    const time = now();
    const { events, state } = partsOf(
      await run({
        id,
        command,
        expected,
        time,
        version: history.version ?? expected ?? 0,
        history: () => history.events(),
        state: stateReader(store),
      }),
    );
    const commit = newCommit(this.parts, request, time, events);
    const earlier = this.earlier(request, history);
    if (earlier !== undefined) return earlier;
    const version = history.version ?? (expected === undefined || expected === 0 ? 0 : await history.peek());
    if (expected !== undefined && expected !== version) throw new Overtaken('another version is expected');
    const at = Math.floor(time.getTime() / 1000);
    const stored: CommitItem = { stream: history.address, version: version + 1, commit, command, fingerprint, at };
    await writeCommit(store, stored, state);
    return stored;
  }

  private async read(request: CommandRequest, history: StreamHistory<C>): Promise<Executed | undefined> {
    await history.refresh();
    return this.earlier(request, history);
  }

  /** What the same command did before, as far as history was read. The same id with other content is refused. */
  private earlier({ command, fingerprint }: CommandRequest, history: StreamHistory<C>): Executed | undefined {
    const { now, retentionDays } = this.parts;
    const earlier = history.find(command, now().getTime() / 1000 - retentionDays * 86_400);
    if (earlier === undefined) return undefined;
    if (earlier.fingerprint !== fingerprint) throw keyReused();
    return { ...earlier, replayed: true };
  }
}

function isThrottled(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // A transaction says so for each of its items.
  if (isContended(error)) return true;
  // A connection that broke has a code of the system, not of DynamoDB.
  return THROTTLED.includes(error.name) || ('code' in error && /^E[A-Z]+$/.test(String(error.code)));
}
