import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Credentials } from 'cdk-database-patterns-local';

/** Who calls, and where. */
export interface Caller {
  readonly region: string;
  /** The keys, or what reads them anew when they have run out. */
  readonly credentials: Credentials | (() => Promise<Credentials>);
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** One request. */
export interface Request {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A client of the shop's APIs: each request is signed with SigV4, as API Gateway asks for with IAM. */
export function signedClient(caller: Caller): (url: string, request?: Request) => Promise<Answer> {
  const signer = new SignatureV4({ service: 'execute-api', sha256: Sha256, ...caller });
  return async (url, { method = 'GET', headers = {}, body } = {}) => {
    const { protocol, hostname, port, host, pathname, searchParams } = new URL(url);
    const signed = await signer.sign({
      method,
      protocol,
      hostname,
      port: port === '' ? undefined : Number(port),
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: { host, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      body,
    });
    return send(url, { method, headers: signed.headers, body });
  };
}

/** The same without a signature. */
export async function send(url: string, request: Request): Promise<Answer> {
  const response = await fetch(url, request);
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
