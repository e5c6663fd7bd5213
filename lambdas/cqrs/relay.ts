import { PostgresError, PostgresUnavailableError } from '../stores/index.js';
import type { Clock, PostgresClient, Random, Sleep } from '../stores/index.js';
import { said, systemLog, type Log } from './log.js';
import { DELAY_LIMIT, PAGE_BYTES } from './limits.js';
import { claim, markPublished, tidy, unpublished } from './outbox.js';
import { publish, type Bus } from './publish.js';
import { sendSweep, type SweepQueue } from './sweep.js';

/** What a run of the relay works with. */
export interface RelayDependencies {
  readonly db: PostgresClient;
  readonly bus: Bus;
  readonly queue: SweepQueue;
  readonly retentionDays: number;
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

/** Commits younger than this are still in the hands of the function that made them, in seconds. */
const YOUNG = 10;

const CLAIMED_AT_ONCE = 100;
const FORGOTTEN_AT_ONCE = 1_000;

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
  let isDone = false;
  while (!isDone && remaining() > RESERVE) {
    const lease = Math.ceil(remaining() / 1000) + 30;
    const { entryLimit } = bus;
    const commits = await claim(db, { limit: CLAIMED_AT_ONCE, maxBytes: PAGE_BYTES, entryLimit, lease });
    const within = Math.max(0, remaining() - RESERVE);
    const sent = await publish(bus, commits, { attempts: 5, within, now, random, sleep });
    await markPublished(db, sent.published);
    published += sent.published.length;
    failed += commits.length - sent.published.length;
    if (sent.fault !== undefined) log({ level: 'warn', message: 'the bus refused commits', reason: sent.fault });
    isDone = commits.length === 0;
  }
  const rearmed = await rearm(deps, isDone);
  await forget(deps).catch((error: unknown) => {
    if (!(error instanceof PostgresError || error instanceof PostgresUnavailableError)) throw error;
    log({ level: 'warn', message: 'expired commands were not deleted', ...said(error) });
  });
  log({ level: 'info', message: 'swept', service: queue.service, published, failed, rearmed });
  return { published, failed, rearmed };
}

/** Forgets expired commands, a portion at a time: a busy store has more of them between two sweeps than one holds. */
async function forget({ db, retentionDays, remaining }: RelayDependencies): Promise<void> {
  let forgotten: number;
  do forgotten = await tidy(db, retentionDays, FORGOTTEN_AT_ONCE);
  while (forgotten === FORGOTTEN_AT_ONCE && remaining() > RESERVE);
}

async function rearm({ db, queue }: RelayDependencies, isDone: boolean): Promise<number | undefined> {
  const wait = await unpublished(db, isDone ? YOUNG : 0);
  if (wait === undefined) return undefined;
  const delay = Math.min(wait + 1, DELAY_LIMIT);
  await sendSweep(queue, delay);
  return delay;
}
