import { call, isObject, type Target } from '../target.js';
import type { FoundProjection } from './find.js';

/** What a projection's function says of its view and a rebuild. See lambdas/cqrs/rebuild.ts. */
export interface Status {
  readonly name: string;
  readonly kind: string;
  readonly stream: string;
  readonly generation: number;
  readonly version: string;
  readonly declared: string;
  readonly due: boolean;
  readonly parked: number;
  readonly more: boolean;
  readonly job?: Job;
}

export interface Job {
  readonly id: string;
  readonly generation: number;
  readonly step: string;
  readonly state: 'running' | 'stopped' | 'failed' | 'done';
  readonly rollback: boolean;
  readonly done: number;
  readonly total: number;
  readonly exact: boolean;
  readonly rate: number;
  readonly left?: number;
  readonly wait?: number;
  readonly catchingUp?: boolean;
  readonly dropAt?: string;
  readonly problem?: { readonly code: string; readonly message: string; readonly streams: readonly string[] };
}

/** A stream that stands still in one generation of a view. See lambdas/cqrs/parked-streams.ts. */
export interface Mark {
  readonly generation: number;
  /** Whether readers see that generation. */
  readonly live: boolean;
  readonly stream: string;
  readonly version: number;
  readonly cause: string;
  readonly at: string;
}

export interface Commit {
  readonly time: string;
  readonly data?: { readonly events: readonly { readonly type: string; readonly v: number; readonly data: unknown }[] };
}

/** How a view is, as its function says. */
export async function statusOf(target: Target, { functionName }: FoundProjection): Promise<Status> {
  return checked<Status>(await call(target, functionName, { dbpatterns: 'rebuild', step: 'status' }), 'generation');
}

/** Ends a rebuild at its next call. */
export async function stopped(target: Target, { functionName }: FoundProjection): Promise<Status> {
  return checked<Status>(await call(target, functionName, { dbpatterns: 'rebuild', step: 'stop' }), 'generation');
}

/** All that is parked in a view. */
export async function parkedIn(target: Target, { functionName }: FoundProjection): Promise<Mark[]> {
  const marks: Mark[] = [];
  let cursor: string | undefined;
  do {
    const request = { dbpatterns: 'parked', ...(cursor === undefined ? {} : { cursor }) };
    const page = checked<{ marks: Mark[]; cursor?: string }>(await call(target, functionName, request), 'marks');
    marks.push(...page.marks);
    ({ cursor } = page);
  } while (cursor !== undefined);
  return marks;
}

/** Why a stream is parked, and the commit that cannot be applied, for each generation in which it is. */
export async function shown(
  target: Target,
  { functionName }: FoundProjection,
  stream: string,
): Promise<readonly (Mark & { readonly commit?: Commit; readonly problem?: string })[]> {
  type Shown = { readonly marks: readonly (Mark & { readonly commit?: Commit; readonly problem?: string })[] };
  return checked<Shown>(await call(target, functionName, { dbpatterns: 'show', stream }), 'marks').marks;
}

/** What came of a retry or a discard, in each generation. */
export interface Outcome {
  readonly stream: string;
  readonly generations: readonly {
    readonly generation: number;
    readonly live: boolean;
    readonly state: 'following' | 'parked' | 'failed';
    readonly applied?: number;
    readonly cause?: string;
  }[];
}

export async function moved(
  target: Target,
  { functionName }: FoundProjection,
  how: 'retry' | 'discard',
  stream: string,
): Promise<Outcome> {
  return checked<Outcome>(await call(target, functionName, { dbpatterns: how, stream }), 'generations');
}

/** The answer of a function of this kit, whose version may differ from this command line's. */
function checked<T>(answer: unknown, member?: string): T {
  if (isObject(answer) && (member === undefined || member in answer)) return answer as T;
  throw new TypeError('the function answered with something else: deploy its stack with the version of this command');
}
