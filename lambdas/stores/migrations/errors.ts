/** Why migrations stopped. */
export type MigrationErrorCode = 'crosses-schemas' | 'edited' | 'failed' | 'locked' | 'login-differs';

/** Migrations that could not be applied. What was applied before stays; running them again goes on from there. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';

  constructor(
    readonly code: MigrationErrorCode,
    /** The file, or the login. */
    readonly subject: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
