import pg from 'pg';

/** The service's errors that this server answers, with their status codes (from the service's model). */
const STATUS = {
  AccessDeniedException: 403,
  BadRequestException: 400,
  DatabaseErrorException: 400,
  DatabaseNotFoundException: 404,
  DatabaseResumingException: 400,
  DatabaseUnavailableException: 504,
  ForbiddenException: 403,
  HttpEndpointNotEnabledException: 400,
  InternalFailure: 500,
  InternalServerErrorException: 500,
  InvalidSecretException: 400,
  SecretsErrorException: 400,
  ServiceUnavailableError: 503,
  StatementTimeoutException: 400,
  TransactionNotFoundException: 404,
  UnknownOperationException: 404,
  UnsupportedResultException: 400,
  ValidationException: 400,
} as const;

/** What the service says of several statements in one. */
export const MULTISTATEMENTS = "Multistatements aren't supported.";

/** An error as the service names it. */
export class DataApiError extends Error {
  readonly status: number;
  /** The statement goes on after this answer; its session is free when this settles. */
  readonly running: Promise<unknown> | undefined;

  constructor(
    readonly code: keyof typeof STATUS,
    message: string,
    options?: { cause?: unknown; running?: Promise<unknown> },
  ) {
    super(message, options);
    this.name = code;
    this.running = options?.running;
    this.status = STATUS[code];
  }
}

/** The engine does not let the user in: the password may have been changed since it was read. */
export class LoginRefused extends DataApiError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('DatabaseErrorException', message, options);
  }
}

/** Says what the engine said, in the service's words. */
export function fromEngine(error: unknown): DataApiError {
  if (error instanceof DataApiError) return error;
  if (!(error instanceof pg.DatabaseError)) {
    const message = error instanceof Error ? error.message : String(error);
    return new DataApiError('ServiceUnavailableError', `the database cannot be reached: ${message}`, { cause: error });
  }
  const message = `${error.severity}: ${error.message}; SQLState: ${error.code}`;
  if (error.code === '57014') return new DataApiError('StatementTimeoutException', message, { cause: error });
  if (error.code === '3D000') return new DataApiError('DatabaseNotFoundException', message, { cause: error });
  if (error.code === '28P01' || error.code === '28000') {
    return new DataApiError('BadRequestException', message, { cause: error });
  }
  if (error.code === '42601' && error.message.includes('multiple commands')) {
    return new DataApiError('BadRequestException', "Multistatements aren't supported.", { cause: error });
  }
  return new DataApiError('DatabaseErrorException', message, { cause: error });
}
