import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { emulatorEndedCleanly } from '../emulator/emulator.js';
import type pg from 'pg';

/** Under this name the emulator knows to which state of PostgreSQL its own belongs. */
const SECRET = 'local-cloud/identity';

/**
 * Whether the emulator's saved state can be trusted: it is written at a clean end only, so after any other end the
 * files, if there are any, are older than PostgreSQL's data.
 */
export function hasTrustedState(emulatorDirectory: string): boolean {
  return (
    emulatorEndedCleanly(emulatorDirectory) && fs.existsSync(join(emulatorDirectory, 'state', 'secretsmanager.json'))
  );
}

/** Forgets the emulator's state. */
export function removeEmulatorState(emulatorDirectory: string): void {
  for (const folder of ['state', 's3']) fs.rmSync(join(emulatorDirectory, folder), { recursive: true, force: true });
}

/** Addresses in the saved state (of queues, say) name the emulator's port: they follow it to another. */
export function moveStateToPort(emulatorDirectory: string, from: number, to: number): void {
  const folder = join(emulatorDirectory, 'state');
  for (const name of fs.readdirSync(folder).filter((file) => file.endsWith('.json'))) {
    const path = join(folder, name);
    const text = fs.readFileSync(path, 'utf8');
    fs.writeFileSync(path, text.replaceAll(new RegExp(`(127\\.0\\.0\\.1|localhost):${from}(?!\\d)`, 'g'), `$1:${to}`));
  }
}

/** The identity that PostgreSQL knows. */
export async function postgresIdentity(client: pg.ClientBase): Promise<string | undefined> {
  return (await client.query<{ id: string }>('select id from local_cloud.identity')).rows[0]?.id;
}

/** The identity that the emulator knows. */
export async function emulatorIdentity(secrets: SecretsManagerClient): Promise<string | undefined> {
  try {
    return (await secrets.send(new GetSecretValueCommand({ SecretId: SECRET }))).SecretString;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** Tells both that they belong together. */
export async function joinStates(client: pg.ClientBase, secrets: SecretsManagerClient): Promise<void> {
  const id = randomUUID();
  await secrets.send(new CreateSecretCommand({ Name: SECRET, SecretString: id }));
  await client.query('insert into local_cloud.identity values ($1)', [id]);
}
