import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { systemClock, type Clock } from '../stores/index.js';
import { answer, header, problemAnswer } from './http.js';
import { said, systemLog, type Log } from './log.js';
import { isProblem, Problem } from './problem.js';
import { match, route, type ParametersOf } from './route.js';
import { Token } from './token.js';
import { TokenError } from './token-text.js';
import { isTransient } from './transient.js';

/** A request, as a query's function sees it. */
export interface QueryRequest<Parameter extends string = string> {
  /** The values between braces in the route's pattern, decoded. */
  readonly params: Readonly<Record<Parameter, string>>;
  /** The query string; of a name that is repeated, the last value. */
  readonly query: Readonly<Record<string, string | undefined>>;
  /**
   * What the answer has to show at least: pass it on to the view. A request with a token whose function does not read
   * it is refused with 400, since a token that is ignored is a broken promise.
   */
  readonly after: Token | undefined;
}

/** Per route, `GET /products/{id}`, the function that answers it: with JSON, or with `undefined` for 404. */
export type Queries<Pattern extends string> = {
  readonly [P in Pattern]: (request: QueryRequest<ParametersOf<P>>) => unknown;
};

/** What the handler takes from outside; each has a default. */
export interface QueriesOptions {
  readonly now?: Clock;
  readonly log?: Log;
}

/** The Lambda handler of a query API. */
export type QueriesHandler = (event: APIGatewayProxyEvent) => Promise<APIGatewayProxyResult>;

type AnyQuery = { call(request: QueryRequest): unknown }['call'];

/**
 * The Lambda handler of a query API: finds the route, reads the token, answers with JSON. What goes wrong is answered
 * with `application/problem+json`; a function may throw {@link Problem} or one of its makers, such as `notFound`.
 *
 * @example
 * export const handler = queries({
 *   'GET /products/{id}': ({ params, after }) => view.get(params.id, { after }),
 *   'GET /categories/{category}': ({ params, query, after }) =>
 *     view.list('by-category', params.category, { cursor: query['cursor'], after }),
 * });
 */
export function queries<Pattern extends string>(given: Queries<Pattern>, options: QueriesOptions = {}): QueriesHandler {
  const routes = Object.entries<AnyQuery>(given).map(([pattern, query]) => route(pattern, query));
  const { now = systemClock, log = systemLog } = options;
  return async (event) => {
    try {
      const found = match(routes, event.httpMethod, event.path);
      if (found.target === undefined) return noRoute(found.allowed);
      const body = await ask(found.target, found.parameters, event, now);
      if (body === undefined) throw new Problem('not-found', 404, 'there is nothing here');
      return answer(200, body);
    } catch (error) {
      if (isProblem(error)) return problemAnswer(error);
      log({ level: 'error', message: 'query failed', path: event.path, ...said(error) });
      return problemAnswer(
        isTransient(error)
          ? new Problem('store-unavailable', 503, 'the view cannot be read at the moment: ask again')
          : new Problem('internal', 500, 'the query failed: the cause is in the log'),
      );
    }
  };
}

async function ask(
  query: AnyQuery,
  params: Readonly<Record<string, string>>,
  event: APIGatewayProxyEvent,
  now: Clock,
): Promise<unknown> {
  const after = tokenOf(event, now);
  let kept = after === undefined;
  const body: unknown = await query({
    params,
    query: event.queryStringParameters ?? {},
    get after() {
      kept = true;
      return after;
    },
  });
  if (!kept) {
    throw new Problem('token-unsupported', 400, 'this query cannot keep a token: ask without x-consistency-token');
  }
  return body;
}

function tokenOf(event: APIGatewayProxyEvent, now: Clock): Token | undefined {
  const text = header(event, 'x-consistency-token');
  if (text === undefined) return undefined;
  try {
    return Token.parse(text, { now });
  } catch (cause) {
    if (!(cause instanceof TokenError)) throw cause;
    throw new Problem(`token-${cause.code}`, 400, cause.message, { cause });
  }
}

function noRoute(allowed: readonly string[]): APIGatewayProxyResult {
  if (allowed.length === 0) return problemAnswer(new Problem('unknown-route', 404, 'there is no such query'));
  const problem = new Problem('method-not-allowed', 405, `this path answers ${allowed.join(', ')}`);
  return problemAnswer(problem, { allow: allowed.join(', ') });
}
