import type { GenerationRecord, RebuildJob } from './generation.js';
import { nextOf } from './rebuild-transitions.js';
import type { RebuildJobStatus, RebuildStatus } from './rebuild.js';
import type { ParkingMark } from './view-store.js';

interface Projected {
  readonly name: string;
  readonly kind: string;
  readonly streamName: string;
  readonly declared: string;
}

/** What is said about a view and its rebuild. */
export function statusOf(
  { name, kind, streamName: stream, declared }: Projected,
  record: GenerationRecord,
  parked: { readonly marks: readonly ParkingMark[]; readonly cursor?: string },
  time: number,
): RebuildStatus {
  const { live, version = '1', job } = record;
  const isBuilding = job !== undefined && job.state !== 'done' && record.beside?.phase !== 'kept';
  return {
    name,
    kind,
    stream,
    generation: live,
    version,
    declared,
    due: version !== declared && !isBuilding,
    parked: parked.marks.length,
    more: parked.cursor !== undefined,
    ...(job === undefined ? {} : { job: jobStatus(record, job, time) }),
  };
}

function jobStatus(record: GenerationRecord, job: RebuildJob, time: number): RebuildJobStatus {
  const { live, beside } = record;
  const { id, step, state, rollback = false, total, exact, since, started, problem } = job;
  const done = job.segments.reduce((sum, { commits }) => sum + commits, 0);
  const seconds = Math.max(0, time - since) / 1000;
  const rate = seconds === 0 ? 0 : Math.round((done / seconds) * 10) / 10;
  const isCounting = state === 'running' && (step === 'fill' || step === 'verify');
  const wait = state === 'running' && beside?.phase !== 'kept' ? Math.ceil((since - time) / 1000) : 0;
  return {
    id,
    generation: beside?.generation ?? (step === 'begin' ? nextOf(record) : live),
    step,
    state,
    rollback,
    done,
    total,
    exact,
    rate,
    ...(isCounting && rate > 0 ? { left: Math.max(0, Math.ceil((total - done) / rate)) } : {}),
    ...(wait > 0 ? { wait } : {}),
    ...(step === 'verify' && beside?.phase === 'ready' ? { catchingUp: true } : {}),
    started: new Date(started).toISOString(),
    ...(beside?.phase === 'kept' ? { dropAt: new Date(since).toISOString() } : {}),
    ...(problem === undefined ? {} : { problem }),
  };
}
