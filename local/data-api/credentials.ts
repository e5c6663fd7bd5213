import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Login } from './engine.js';
import { DataApiError } from './errors.js';

/** A database user. */
export type Credentials = Pick<Login, 'username' | 'password'>;

/** Where users and passwords come from. */
export interface Secrets {
  /** @throws DataApiError when there is no such secret, or when it holds no user and password */
  read(secretArn: string, resourceArn: string): Promise<Credentials>;
  /** Forgets a secret whose password was refused: it may have been rotated. */
  forget(secretArn: string): void;
}

const CACHED_FOR = 30_000;

/** Reads users and passwords from Secrets Manager, and remembers them for a short while. */
export class SecretReader implements Secrets {
  private readonly known = new Map<string, { credentials: Promise<Credentials>; until: number }>();

  constructor(
    private readonly client: SecretsManagerClient,
    private readonly now: () => number = () => performance.now(),
  ) {}

  read(secretArn: string): Promise<Credentials> {
    const cached = this.known.get(secretArn);
    if (cached && cached.until > this.now()) return cached.credentials;
    const credentials = this.fetch(secretArn);
    this.known.set(secretArn, { credentials, until: this.now() + CACHED_FOR });
    credentials.catch(() => this.known.delete(secretArn));
    return credentials;
  }

  forget(secretArn: string): void {
    this.known.delete(secretArn);
  }

  private async fetch(secretArn: string): Promise<Credentials> {
    let text: string | undefined;
    try {
      text = (await this.client.send(new GetSecretValueCommand({ SecretId: secretArn }))).SecretString;
    } catch (cause) {
      const message = `the secret ${secretArn} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`;
      throw new DataApiError('SecretsErrorException', message, { cause });
    }
    const value = parse(text);
    if (typeof value.username === 'string' && typeof value.password === 'string') {
      return { username: value.username, password: value.password };
    }
    throw new DataApiError('InvalidSecretException', `the secret ${secretArn} holds no username and password`);
  }
}

function parse(text: string | undefined): { username?: unknown; password?: unknown } {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
