import { createHash, createHmac } from 'node:crypto';
import type { Environment } from '../stores/index.js';
import { EnvironmentError } from '../stores/index.js';

/** A request that is to be signed. */
export interface Unsigned {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The headers of a request to API Gateway, with its signature (SigV4): the function's own role, as Lambda tells it in the
 * environment.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * @throws EnvironmentError `missing-variable` where there are no credentials.
 */
export function signed({ method, url, headers, body }: Unsigned, time: Date, env: Environment): Record<string, string> {
  const [key, secret, region] = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION'].map((name) =>
    given(env, name),
  );
  const stamp = time.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = [stamp.slice(0, 8), region, 'execute-api', 'aws4_request'];
  const token = env['AWS_SESSION_TOKEN'];
  const all: Record<string, string> = {
    ...headers,
    host: url.host,
    'x-amz-date': stamp,
    ...(token === undefined || token === '' ? {} : { 'x-amz-security-token': token }),
  };
  const names = Object.keys(all).sort();
  const request = [
    method,
    url.pathname.split('/').map(encoded).join('/'),
    [...url.searchParams]
      .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
      .sort()
      .join('&'),
    ...names.map((name) => `${name}:${(all[name] ?? '').trim()}`),
    '',
    names.join(';'),
    digest(body),
  ].join('\n');
  const text = ['AWS4-HMAC-SHA256', stamp, scope.join('/'), digest(request)].join('\n');
  const signing = scope.reduce<string | Buffer>((previous, part) => hmac(previous, part ?? ''), `AWS4${secret ?? ''}`);
  const signature = hmac(signing, text).toString('hex');
  const { host: _, ...sent } = all;
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${key ?? ''}/${scope.join('/')}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  };
}

function given(env: Environment, name: string): string {
  const value = env[name];
  if (value !== undefined && value !== '') return value;
  throw new EnvironmentError('missing-variable', name, `${name} is not set: Lambda sets it, set it in a test`);
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
