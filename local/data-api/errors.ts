/** The service's errors that this server answers, with their status codes (from the service's model). */
const STATUS = {
  AccessDeniedException: 403,
  DatabaseErrorException: 400,
  DatabaseResumingException: 400,
  DatabaseUnavailableException: 504,
  ForbiddenException: 403,
  HttpEndpointNotEnabledException: 400,
  InternalFailure: 500,
  InternalServerErrorException: 500,
  InvalidSecretException: 400,
  SecretsErrorException: 400,
  StatementTimeoutException: 400,
  TransactionNotFoundException: 404,
  UnknownOperationException: 404,
  UnsupportedResultException: 400,
  ValidationException: 400,
} as const;

/** What the service says of several statements in one. */
export const MULTISTATEMENTS = "Multistatements aren't supported.";

/** What an error carries besides its name and message. */
export interface DataApiErrorOptions {
  readonly cause?: unknown;
  /** The statement goes on after this answer; its session is free when this settles. */
  readonly running?: Promise<unknown>;
  /** The session whose statement took too long. */
  readonly connectionId?: number;
}

/** An error as the service names it. */
export class DataApiError extends Error {
  readonly status: number;
  readonly running: Promise<unknown> | undefined;
  readonly connectionId: number | undefined;

  constructor(
    readonly code: keyof typeof STATUS,
    message: string,
    { cause, running, connectionId }: DataApiErrorOptions = {},
  ) {
    super(message, cause === undefined ? {} : { cause });
    this.name = code;
    this.status = STATUS[code];
    this.running = running;
    this.connectionId = connectionId;
  }

  /** The body of the answer. `InternalFailure` has no message. */
  get body(): string {
    if (this.code === 'InternalFailure') return '{}';
    return JSON.stringify({ message: this.message, dbConnectionId: this.connectionId });
  }
}

/** The engine does not let the user in: the password may have been changed since it was read. */
export class LoginRefused extends DataApiError {
  constructor(message: string, options?: DataApiErrorOptions) {
    super('DatabaseErrorException', message, options);
  }
}

/** Anything that went wrong, as an error of the service. */
export function toDataApiError(error: unknown): DataApiError {
  if (error instanceof DataApiError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new DataApiError('InternalServerErrorException', message, { cause: error });
}
