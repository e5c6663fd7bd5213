/** What can go wrong with the local cloud; stable, so that callers can match it. */
export type LocalCloudErrorCode =
  | 'PYTHON_MISSING'
  | 'PYTHON_TOO_OLD'
  | 'PYTHON_WITHOUT_VENV'
  | 'PYTHON_INSTALL_FAILED'
  | 'JAVA_MISSING'
  | 'DOCKER_MISSING'
  | 'PLATFORM_UNSUPPORTED'
  | 'POSTGRES_FAILED'
  | 'MARIADB_FAILED'
  | 'FOLDER_FOREIGN'
  | 'DYNAMODB_FAILED'
  | 'EMULATOR_FAILED'
  | 'PORT_TAKEN'
  | 'ALREADY_RUNNING'
  | 'NOT_KEPT'
  | 'NOT_RUNNING'
  | 'TARGET_LACKS'
  | 'INVALID_NAME'
  | 'SYNTH_FAILED'
  | 'NO_SUCH_STACK'
  | 'STACKS_NOT_NAMED'
  | 'OTHER_ENVIRONMENT'
  | 'NO_ACCOUNT'
  | 'NOT_BOOTSTRAPPED'
  | 'DEPLOY_FAILED'
  | 'MIGRATION_FAILED';

/**
 * An error of the local cloud. The message says what was found and how to mend it.
 *
 * @example
 * ```ts
 * if (error instanceof LocalCloudError && error.code === 'ALREADY_RUNNING') attachLocalCloud(directory);
 * ```
 */
export class LocalCloudError extends Error {
  override readonly name = 'LocalCloudError';

  constructor(
    readonly code: LocalCloudErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
