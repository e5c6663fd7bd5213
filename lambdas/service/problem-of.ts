import { Problem, type FieldFault, type ProblemDocument } from '../cqrs/index.js';
import { isObject } from '../private/is-object.js';

/** The problem that the service refused with, with its code and all of its members. */
export function problemOf({ type, title, status, detail, errors, ...rest }: ProblemDocument): Problem {
  const code = type.slice(type.lastIndexOf(':') + 1);
  const members = Object.fromEntries(Object.entries(rest).filter(isMember));
  return new Problem(code, status, detail, { title, members, errors: faultsIn(errors) });
}

function isMember(entry: [string, unknown]): entry is [string, string | number | boolean] {
  return ['string', 'number', 'boolean'].includes(typeof entry[1]);
}

function faultsIn(errors: unknown): FieldFault[] | undefined {
  return Array.isArray(errors) ? errors.filter(isFault) : undefined;
}

function isFault(value: unknown): value is FieldFault {
  return isObject(value) && typeof value['pointer'] === 'string' && typeof value['detail'] === 'string';
}
