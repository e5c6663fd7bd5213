import { UsageError } from './usage-error.js';

/** The names between braces in a pattern: `'id'` of `'GET /products/{id}'`. */
export type ParametersOf<Pattern extends string> = Pattern extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParametersOf<Rest>
  : never;

/** A pattern, taken apart. */
export interface Route<Target> {
  readonly method: string;
  readonly segments: readonly string[];
  readonly target: Target;
}

/** Where a request leads. `allowed` has the methods of the path where only the method is wrong. */
export type Match<Target> =
  | { readonly target: Target; readonly parameters: Readonly<Record<string, string>> }
  | { readonly target?: undefined; readonly allowed: readonly string[] };

/**
 * Takes apart a pattern such as `GET /products/{id}`.
 *
 * @throws UsageError `invalid-route` if it is none.
 */
export function route<Target>(pattern: string, target: Target): Route<Target> {
  const [, method, path] = /^([A-Z]+) (\/\S*)$/.exec(pattern) ?? [];
  if (method === undefined || path === undefined) {
    const allowed = "allowed: a method, a space and a path, as in 'GET /products/{id}'";
    throw new UsageError('invalid-route', `'${pattern}' is no route; ${allowed}`);
  }
  return { method, segments: segmentsOf(path), target };
}

/** Finds the route of a request; where several fit, the one with more fixed segments. */
export function match<Target>(routes: readonly Route<Target>[], method: string, path: string): Match<Target> {
  const segments = segmentsOf(path);
  const fitting = routes.filter((candidate) => fits(candidate.segments, segments));
  const [best] = fitting.filter((candidate) => candidate.method === method).sort((a, b) => fixed(b) - fixed(a));
  if (best === undefined) return { allowed: [...new Set(fitting.map((candidate) => candidate.method))] };
  const parameters = best.segments.flatMap((name, index) =>
    isParameter(name) ? [[name.slice(1, -1), decoded(segments[index] ?? '')]] : [],
  );
  return { target: best.target, parameters: Object.fromEntries(parameters) as Record<string, string> };
}

function segmentsOf(path: string): string[] {
  return path.replace(/^\/|\/$/g, '').split('/');
}

function fits(pattern: readonly string[], path: readonly string[]): boolean {
  return (
    pattern.length === path.length &&
    pattern.every((name, index) => {
      const segment = path[index] ?? '';
      return isParameter(name) ? segment !== '' : name === decoded(segment);
    })
  );
}

function fixed({ segments }: Route<unknown>): number {
  return segments.filter((name) => !isParameter(name)).length;
}

function isParameter(segment: string): boolean {
  return segment.startsWith('{') && segment.endsWith('}');
}

/** A segment without percent-encoding; one that is not encoded stays as it is. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
