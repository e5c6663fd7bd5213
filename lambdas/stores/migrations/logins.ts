import { randomBytes } from 'node:crypto';
import type { Statements } from '../postgres.js';
import { MigrationError } from './errors.js';
import { admit, kitSchema, quoted, type Module } from './module.js';
import { scramVerifier } from './scram.js';

/** What a login is for. */
export const ACCESSES = ['commands', 'relay', 'history', 'view', 'reader', 'writer'] as const;

/** A login of the database, for one need. */
export interface Login {
  /** Its name in the server, which all databases of the server share. */
  readonly name: string;
  readonly access: (typeof ACCESSES)[number];
  /** The secret with its `username` and `password`. */
  readonly secretArn: string;
}

/** Reads a secret's text. */
export type ReadSecret = (arn: string) => Promise<string | undefined>;

/** Makes or mends logins and their grants, the password as its verifier. Runs again without harm. */
export async function applyLogins(
  tx: Statements,
  logins: readonly Login[],
  readSecret: ReadSecret,
  module?: Module,
  salt: () => Buffer = () => randomBytes(16),
): Promise<void> {
  const kit = module ? kitSchema(module) : 'dbpatterns';
  for (const { name, access, secretArn } of logins) {
    const { username, password } = credentials(await readSecret(secretArn));
    if (username !== name || password === undefined) {
      throw new MigrationError(
        'login-differs',
        name,
        `the secret of the login ${name} must be JSON with this username and a password: create it with the store`,
      );
    }
    const verifier = scramVerifier(password, salt());
    await tx.query(
      `select ${quoted(kit)}.login(cast(:name as text), cast(:access as text), cast(:verifier as text)) as made`,
      {
        name,
        access,
        verifier,
      },
    );
    if (module !== undefined) await admit(tx, module, { name, access });
  }
}

function credentials(text = '{}'): { username?: string; password?: string } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return {};
    const { username, password } = value as { username?: unknown; password?: unknown };
    return {
      username: typeof username === 'string' ? username : undefined,
      password: typeof password === 'string' && password !== '' ? password : undefined,
    };
  } catch {
    return {};
  }
}
