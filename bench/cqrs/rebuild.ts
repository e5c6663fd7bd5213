import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { bounded } from '../../lambdas/cqrs/bounded.js';
import { envelopeText } from '../../lambdas/cqrs/envelope.js';
import { history } from '../../lambdas/cqrs/history.js';
import type { HistorySegments, ProjectionHandler, RebuildRequest } from '../../lambdas/cqrs/index.js';
import { outboxHistory } from '../../lambdas/cqrs/outbox-history.js';
import type { PostgresClient } from '../../lambdas/stores/index.js';
import { MovedClock, runMachine } from '../../test/lambdas/cqrs/rebuild-machine.js';
import { imported } from '../support/bundle.js';
import type { Measurement } from '../support/measurement.js';
import { filledOutbox } from './filled-outbox.js';
import { rate } from './rate.js';
import { settingsOf } from './settings.js';
import { documents, makeTable } from './tables.js';

/** What the state machine has by default. */
const SEGMENTS = 8;
const WRITES_AT_ONCE = 10;
const PAGE = 1000;

/**
 * Filling a generation from history, against a loop that scans the outbox and writes an item for each commit. One commit
 * a stream, so that both make as many writes. Reading goes by the Data API on both sides.
 */
export const rebuild: Measurement = {
  name: 'rebuild',
  what: 'commits a second that a rebuild puts into a new generation, against a bare loop of scan and write',
  unit: '1/s',
  better: 'high',
  goal: 0.9,
  effort: { full: { rounds: 10, warmUp: 2, size: 2000 }, quick: { rounds: 2, warmUp: 1, size: 200 } },
  async prepare({ cloud, effort: { size }, say }) {
    const running = await cloud();
    say('filling an outbox');
    const { db, superuser } = await filledOutbox(running, 'bench_rebuild', size);
    await Promise.all(['kit-rebuilt', 'bare-rebuilt'].map(makeTable));
    const { listing } = await imported<typeof import('./handlers/kit-listing.js')>(
      'bench/cqrs/handlers/kit-listing.ts',
    );
    const client = documents();
    const clock = new MovedClock();
    const timed = new FillTime(
      listing({
        environment: { DBPATTERNS_PROJECTION: JSON.stringify(settingsOf('rebuilt')) },
        table: { client, table: 'kit-rebuilt', partitionKey: 'id', indexes: [] },
        history: () => Promise.reject(new Error('nothing is missing')),
        segments: segmentsOf(db),
        now: clock.now,
        sleep: clock.sleep,
        log: () => undefined,
      }),
    );
    let jobs = 0;
    const job = (): string => `job-${(jobs += 1)}`;
    return {
      kit: async () => {
        const input = { settle: 3, keep: 1, segments: SEGMENTS };
        await runMachine(timed.handler, { clock, id: job(), input, until: 'verify' });
        const sample = rate(size, timed.start, timed.end);
        // Away with it again, which is not measured.
        await runMachine(timed.handler, { clock, id: job(), input: { settle: 3, rollback: true } });
        return [sample];
      },
      bare: async () => {
        const start = performance.now();
        await bounded([...Array(SEGMENTS).keys()], SEGMENTS, (segment) => scanAndWrite(db, client, segment));
        return [rate(size, start)];
      },
      close: async () => {
        await superuser.end();
        client.destroy();
      },
    };
  },
};

/** Notes when the first segment begins to be filled, and when the last one is. */
class FillTime {
  start = 0;
  end = 0;

  constructor(private readonly rebuilt: ProjectionHandler) {}

  readonly handler = async (request: RebuildRequest): ReturnType<Parameters<typeof runMachine>[0]> => {
    if (request.step === 'start') this.start = 0;
    if (request.step === 'fill' && this.start === 0) this.start = performance.now();
    const answer = await this.rebuilt(request);
    if (request.step === 'fill') this.end = performance.now();
    return answer;
  };
}

/** The history function, without a function around it. */
function segmentsOf(db: PostgresClient): HistorySegments {
  const source = outboxHistory(db);
  return {
    async page(question) {
      const answer = await history(source, question);
      if ('exact' in answer) throw new TypeError('no page');
      return answer;
    },
    async count(streamName) {
      const answer = await history(source, { streamName, count: true });
      if (!('exact' in answer)) throw new TypeError('no count');
      return answer;
    },
  };
}

/** A range of the outbox, page by page, each commit an item. */
async function scanAndWrite(db: PostgresClient, client: ReturnType<typeof documents>, segment: number): Promise<void> {
  let after = '';
  for (;;) {
    const rows = await db.query<{ stream: string; version: number; commit: string }>(
      `select stream, version, commit from dbpatterns.outbox
        where stream > :after and mod(hashtextextended(stream, 0), ${SEGMENTS}) in (:segment, :segment - ${SEGMENTS})
        order by stream limit ${PAGE}`,
      { after, segment },
    );
    await bounded(rows, WRITES_AT_ONCE, async ({ stream, version, commit }) => {
      const { data } = JSON.parse(envelopeText(stream, version, commit)) as { data: { events: { data: object }[] } };
      const item = { ...data.events[0]?.data, id: stream.slice('product/'.length), _version: version };
      await client.send(new PutCommand({ TableName: 'bare-rebuilt', Item: item }));
    });
    after = rows.at(-1)?.stream ?? '';
    if (rows.length < PAGE) return;
  }
}
