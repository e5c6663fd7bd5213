import type { StandardSchemaV1 } from '@standard-schema/spec';
import { validate } from '../cqrs/validate.js';
import { processEnvironment, readVariable, systemClock, text, type Clock, type Environment } from '../stores/index.js';
import { isObject } from '../private/is-object.js';
import { objectIn } from '../private/json.js';
import { offerVariable } from './environment.js';
import { isDocument } from './message.js';
import { broken, OperationError } from './operation-error.js';
import { problemOf } from './problem-of.js';
import { signed } from './sign.js';

/** What calls of an API are made with; each has a default. */
export interface ApiCallerOptions {
  /** Default: the process's. */
  readonly environment?: Environment;
  /** Default: that of Node. */
  readonly fetch?: typeof globalThis.fetch;
  readonly now?: Clock;
}

/** How an answer has to be. */
export interface AskOptions {
  /** A consistency token: the answer is not older than it says. */
  readonly after?: string;
}

/** Asks a query API of another service; the path has no slash before it. */
export type QueryCaller = <Gives extends StandardSchemaV1>(
  path: string,
  gives: Gives,
  options?: AskOptions,
) => Promise<StandardSchemaV1.InferOutput<Gives>>;

/** How a command is sent. */
export interface SendOptions {
  /** The command's id: repeated with the same one it gets its first answer and changes nothing. */
  readonly key: string;
  /** The version that the caller has seen; 0: must not exist yet. Default: any. */
  readonly expected?: number;
  readonly correlationId?: string;
  readonly traceparent?: string;
}

/** What a command's answer says. */
export interface Committed {
  readonly stream: string;
  readonly version: number;
  readonly token: string;
}

/** Sends commands to a command API of another service. */
export type CommandCaller<Schemas extends Readonly<Record<string, StandardSchemaV1>>> = <
  Name extends keyof Schemas & string,
>(
  id: string,
  name: Name,
  data: StandardSchemaV1.InferInput<Schemas[Name]>,
  options: SendOptions,
) => Promise<Committed>;

/** API Gateway gives up after 29 seconds. */
const LIMIT = 30_000;

/**
 * Asks the query API of another service, with the rights and the address that `queries.wire(fn)` gave this function. What
 * comes is checked by the schema that is passed. A problem of the service rejects as it is: the same `Problem`.
 *
 * @param service - the service's name
 * @param name - the construct id of the API
 * @example
 * const askBrowse = queryCaller('browse', 'Queries');
 * const { price } = await askBrowse(`products/${id}`, z.object({ price: z.int() }), { after: token });
 */
export function queryCaller(service: string, name: string, options: ApiCallerOptions = {}): QueryCaller {
  const address = `${service}/${name}`;
  return async (path, gives, { after } = {}) => {
    const headers: Record<string, string> = after === undefined ? {} : { 'x-consistency-token': after };
    const answer = await request(address, { method: 'GET', path, headers, body: '' }, options);
    const { value, faults } = validate(gives, answer);
    if (faults) throw broken('invalid-answer', `the answer of ${address}`, address, faults);
    return value;
  };
}

/**
 * Sends commands to another service, with the rights and the address that `commands.wire(fn)` gave this function. What is
 * sent is checked before by its command's schema. A refusal rejects as it is: the same `Problem`.
 *
 * @param service - the service's name
 * @param stream - the stream that the commands write to
 * @param schemas - the commands that are sent, each with the schema of what it takes
 * @example
 * const sendProduct = commandCaller('catalog', 'product', { ChangePrice: z.object({ price: z.int() }) });
 * const { token } = await sendProduct('85123A', 'ChangePrice', { price: 250 }, { key: command });
 */
export function commandCaller<Schemas extends Readonly<Record<string, StandardSchemaV1>>>(
  service: string,
  stream: string,
  schemas: Schemas,
  options: ApiCallerOptions = {},
): CommandCaller<Schemas> {
  const address = `${service}/${stream}`;
  return async (id, name, data, { key, expected, correlationId, traceparent }) => {
    const schema = schemas[name];
    if (schema === undefined) {
      throw new OperationError('other-contract', address, `${address} is sent ${name} without a schema: pass it`);
    }
    const { value, faults } = validate(schema, data);
    if (faults) throw broken('invalid-input', `what is sent to ${address}`, address, faults);
    const headers = {
      'content-type': 'application/json',
      'idempotency-key': key,
      ...(expected === undefined ? {} : { 'if-match': `"${expected}"` }),
      ...(correlationId === undefined ? {} : { 'x-correlation-id': correlationId }),
      ...(traceparent === undefined ? {} : { traceparent }),
    };
    const path = [stream, id, name].map(encodeURIComponent).join('/');
    const body = JSON.stringify(value);
    const answer = objectOf(await request(address, { method: 'POST', path, headers, body }, options));
    if (isCommitted(answer)) return answer;
    throw new OperationError('invalid-answer', address, `${address} gave no version and no token`);
  };
}

interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

async function request(address: string, { method, path, headers, body }: Request, options: ApiCallerOptions) {
  const { environment = processEnvironment(), fetch = globalThis.fetch, now = systemClock } = options;
  const [service = '', name = ''] = address.split('/');
  const variable = offerVariable(method === 'GET' ? 'queries' : 'commands', service, name);
  const base = endpointOf(readVariable(variable, { url: text }, environment).url, environment);
  const url = urlBelow(base, path, address);
  const all = signed({ method, url, headers, body }, now(), environment);
  const { status, said } = await answerOf(address, () =>
    fetch(url, {
      method,
      headers: all,
      // A signature and a session's token go to nobody else.
      redirect: 'manual',
      signal: AbortSignal.timeout(LIMIT),
      ...(method === 'POST' ? { body } : {}),
    }),
  );
  if (status === 200) return valueIn(said, address);
  const document = objectIn(said);
  if (isDocument(document)) throw problemOf(document);
  throw new OperationError('failed', address, `${address} answered with the status ${status}`);
}

/** What URLs leave out: a segment of dots, `%2e` being one too, with the segment before it; and ends of lines in a segment. */
const LEFT_OUT = /^[^?#]*?((^|[/\\])(\.|%2e){1,2}([/\\?#]|$)|[\t\n\r])/i;

/** An address of the API and of nothing else, whatever the path is made of. */
function urlBelow(base: string, path: string, address: string): URL {
  const url = LEFT_OUT.test(path) || !URL.canParse(path, base) ? undefined : new URL(path, base);
  if (url?.href.startsWith(new URL(base).href) === true) return url;
  throw new OperationError(
    'invalid-input',
    address,
    `the path leads away from ${address}: give it without a slash before it, and ids in it by encodeURIComponent`,
  );
}

async function answerOf(address: string, ask: () => Promise<Response>) {
  try {
    const response = await ask();
    return { status: response.status, said: await response.text() };
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : 'an unknown error';
    throw new OperationError('unavailable', address, `${address} could not be called: ${name}`, { cause });
  }
}

/** Where the API is: as the clients of the SDK do, at an endpoint that the environment names. */
function endpointOf(url: string, env: Environment): string {
  const endpoint = env['AWS_ENDPOINT_URL_EXECUTE_API'] ?? env['AWS_ENDPOINT_URL'];
  const [, api, stage] = /^https:\/\/([a-z0-9]+)\.execute-api\.[^/]+\/([^/]+)\/$/.exec(url) ?? [];
  if (endpoint === undefined || api === undefined || stage === undefined) return url;
  return `${endpoint}/restapis/${api}/${stage}/_user_request_/`;
}

function valueIn(said: string, address: string): unknown {
  try {
    return JSON.parse(said);
  } catch (cause) {
    throw new OperationError('invalid-answer', address, `${address} answered with something that is not JSON`, {
      cause,
    });
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

function isCommitted(
  answer: Readonly<Record<string, unknown>>,
): answer is Readonly<Record<string, unknown>> & Committed {
  return (
    typeof answer['stream'] === 'string' && typeof answer['version'] === 'number' && typeof answer['token'] === 'string'
  );
}
