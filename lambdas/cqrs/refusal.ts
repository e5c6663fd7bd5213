import { Problem, type FieldFault, type ProblemOptions } from './problem.js';

/** How a refusal is answered. */
export interface RefusalOptions extends ProblemOptions {
  /** The HTTP status. Default: 409. */
  readonly status?: number;
}

/**
 * A command that the business does not allow. Throw it from a handler: nothing is written.
 *
 * @param code - stable, kebab-case; the client finds it at the end of the problem's `type`
 * @param detail - for the client; no payloads, no secrets
 * @example
 * if (row.retired) throw refusal('product-retired', `product ${id} is no longer sold`);
 */
export function refusal(code: string, detail: string, options: RefusalOptions = {}): Problem {
  return new Problem(code, options.status ?? 409, detail, options);
}

/**
 * What the request speaks of does not exist: 404.
 *
 * @example
 * if (!row) throw notFound(`product ${id}`);
 */
export function notFound(what: string): Problem {
  return new Problem('not-found', 404, `${what} does not exist`);
}

/** Fields at fault: 400, with all of them. */
export function invalid(errors: readonly FieldFault[], detail = 'the request has fields at fault'): Problem {
  return new Problem('invalid', 400, detail, { errors });
}
