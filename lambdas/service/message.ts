import { isObject } from '../private/is-object.js';
import type { ProblemDocument } from '../cqrs/index.js';

/** The format of questions and answers. Who reads one refuses what is newer. */
export const CALL_FORMAT = 1;

/** What travels beside the input of an operation. */
export interface CallFacts {
  /** Tells a call that is repeated after a lost answer from another one. */
  readonly key?: string;
  /** The id that all that follows from one cause has. */
  readonly correlationId?: string;
  /** The trace of the caller, as W3C writes it. */
  readonly traceparent?: string;
}

/** A call of an operation as it travels. */
export interface OperationCall extends CallFacts {
  readonly format: typeof CALL_FORMAT;
  /** The operation: `inventory/Reserve`. */
  readonly operation: string;
  readonly input?: unknown;
}

/** What comes back: an answer, or why there is none. Refusals are answers, not failures of the function. */
export type OperationAnswer =
  | { readonly format: typeof CALL_FORMAT; readonly answer?: unknown }
  | { readonly format: typeof CALL_FORMAT; readonly problem: ProblemDocument };

/** Whether this is a call in a format that is known here. */
export function isCall(value: unknown): value is OperationCall {
  return (
    isObject(value) &&
    value['format'] === CALL_FORMAT &&
    typeof value['operation'] === 'string' &&
    ['key', 'correlationId', 'traceparent'].every((name) => optionalText(value[name]))
  );
}

/** Whether this is an answer in a format that is known here. */
export function isAnswer(value: unknown): value is OperationAnswer {
  if (!isObject(value) || value['format'] !== CALL_FORMAT) return false;
  const { problem } = value;
  return problem === undefined || isDocument(problem);
}

/** Whether this is a problem document. */
export function isDocument(value: unknown): value is ProblemDocument {
  return (
    isObject(value) &&
    typeof value['type'] === 'string' &&
    typeof value['status'] === 'number' &&
    typeof value['detail'] === 'string'
  );
}

function optionalText(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}
