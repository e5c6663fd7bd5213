/** A request on its way through the gateway. */
export interface Call {
  /** The logical id of the function that calls, or `clients`. */
  readonly caller: string;
  /** The line that it takes. */
  readonly to: 'AWS' | 'the Data API';
  /** The operation, as its service names it: `PutEvents`, `Execute`. For a client: the path. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** The caller's end of the connection. */
  readonly port: number;
}

/** What a service answers. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** The operation that a request asks for, in the AWS JSON protocols and in the REST ones that the kit uses. */
export function operationOf(path: string, headers: Call['headers']): string {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return target.slice(target.indexOf('.') + 1);
  if (path.endsWith('/invocations')) return 'Invoke';
  return path.replace(/^\//, '');
}

/** An answer of the AWS JSON protocol. */
export function jsonReply(status: number, body: unknown, error?: string): Reply {
  return {
    status,
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      ...(error === undefined ? {} : { 'x-amzn-errortype': error }),
    },
    body: Buffer.from(JSON.stringify(error === undefined ? body : { __type: error, ...(body as object) })),
  };
}
