import { PostgresError, PostgresUnavailableError, systemClock } from '../stores/index.js';
import type { Clock, PostgresClient, Random, Sleep } from '../stores/index.js';
import { said, systemLog, type Log } from './log.js';
import { DELAY_LIMIT, PAGE_BYTES } from './limits.js';
import { metric } from './metric.js';
import { claim, expire, markPublished, tidy, waiting, type CommitKey, type StoredCommit } from './outbox.js';
import { publish, type Bus } from './publish.js';
import { sendSweep, type SweepQueue } from './sweep.js';

/** What a run of the relay works with. */
export interface RelayDependencies {
  readonly db: PostgresClient;
  readonly bus: Bus;
  readonly queue: SweepQueue;
  /** The store's name, for the metric of its age. */
  readonly store: string;
  /** For how long commands are remembered. */
  readonly retentionDays: number;
  /** For how long commits are kept. */
  readonly historyDays: number;
  /** How much time is left, in milliseconds. */
  readonly remaining: () => number;
  readonly now?: Clock;
  readonly random?: Random;
  readonly sleep?: Sleep;
  readonly log?: Log;
}

/** What a run of the relay did. */
export interface RelayReport {
  readonly published: number;
  readonly failed: number;
  /** In how many seconds the next sweep is due; undefined if nothing is left to do. */
  readonly rearmed?: number;
}

/** A run ends while this much time is left, in milliseconds. */
const RESERVE = 5_000;

/** With more than this left, in milliseconds, the next portion is claimed before the one in hand is published. */
const AMPLE = 20_000;

/** Commits younger than this are still in the hands of the function that made them, in seconds. */
const YOUNG = 10;

const CLAIMED_AT_ONCE = 300;
const FORGOTTEN_AT_ONCE = 1_000;
const EXPIRED_AT_ONCE = 1_000;

/**
 * Publishes what was left: claims unpublished commits under a lease, sends them, marks them. Any number of relays may
 * run at once, since a claim skips what another one holds. A relay that dies loses nothing but time: its leases end.
 *
 * It sends itself another sweep while commits are left that this run could not publish or that another holds, and stops
 * otherwise, so that an idle database can pause.
 */
export async function relay(deps: RelayDependencies): Promise<RelayReport> {
  const { db, bus, queue, remaining, log = systemLog, now, random, sleep } = deps;
  let published = 0;
  let failed = 0;
  let unmarked: readonly CommitKey[] = [];
  let commits = remaining() > RESERVE ? await portion(deps) : undefined;
  while (commits !== undefined && commits.length > 0) {
    const within = Math.max(0, remaining() - RESERVE);
    // While a portion is on its way, the one before is marked and the next is claimed.
    const work = [
      publish(bus, commits, { attempts: 5, within, now, random, sleep }),
      remaining() > AMPLE ? portion(deps) : Promise.resolve(undefined),
      markPublished(db, unmarked),
    ] as const;
    // Also where one of them fails: nothing may go on when the function has answered.
    await Promise.allSettled(work);
    const [sent, next] = await Promise.all(work);
    unmarked = sent.published;
    published += sent.published.length;
    failed += commits.length - sent.published.length;
    if (sent.fault !== undefined) log({ level: 'warn', message: 'the bus refused commits', reason: sent.fault });
    commits = next ?? (remaining() > RESERVE ? await portion(deps) : undefined);
  }
  await markPublished(db, unmarked);
  const isDone = commits !== undefined;
  const rearmed = await rearm(deps, isDone);
  await cleaned(deps, 'expired commands were not deleted', forget);
  const expired = await cleaned(deps, 'expired commits were not deleted', clean);
  log({ level: 'info', message: 'swept', service: queue.service, published, failed, rearmed, expired });
  return { published, failed, rearmed };
}

/** Claims as many commits as are published at once. */
async function portion({ db, bus, remaining }: RelayDependencies): Promise<readonly StoredCommit[]> {
  const lease = Math.ceil(remaining() / 1000) + 30;
  return claim(db, { limit: CLAIMED_AT_ONCE, maxBytes: PAGE_BYTES, entryLimit: bus.entryLimit, lease });
}

/** What is not cleaned up now is cleaned up later. */
async function cleaned(
  deps: RelayDependencies,
  message: string,
  action: (deps: RelayDependencies) => Promise<number>,
): Promise<number> {
  try {
    return await action(deps);
  } catch (error) {
    if (!(error instanceof PostgresError || error instanceof PostgresUnavailableError)) throw error;
    (deps.log ?? systemLog)({ level: 'warn', message, ...said(error) });
    return 0;
  }
}

/** Forgets expired commands, a portion at a time: a busy store has more of them between two sweeps than one holds. */
async function forget({ db, retentionDays, remaining }: RelayDependencies): Promise<number> {
  let sum = 0;
  let forgotten: number;
  do sum += forgotten = await tidy(db, retentionDays, FORGOTTEN_AT_ONCE);
  while (forgotten === FORGOTTEN_AT_ONCE && remaining() > RESERVE);
  return sum;
}

/** Deletes expired commits, likewise. */
async function clean({ db, historyDays, remaining }: RelayDependencies): Promise<number> {
  let sum = 0;
  let looked: number;
  do {
    const portion = await expire(db, historyDays, EXPIRED_AT_ONCE);
    sum += portion.deleted;
    ({ looked } = portion);
  } while (looked >= EXPIRED_AT_ONCE && remaining() > RESERVE);
  return sum;
}

async function rearm(
  { db, queue, store, log = systemLog, now = systemClock }: RelayDependencies,
  isDone: boolean,
): Promise<number | undefined> {
  const { lease, age } = await waiting(db, isDone ? YOUNG : 0);
  metric(log, 'OutboxAge', age, 'Seconds', { Store: `${queue.service}/${store}` }, now);
  if (lease === undefined) return undefined;
  const delay = Math.min(lease + 1, DELAY_LIMIT);
  await sendSweep(queue, delay);
  return delay;
}
