import * as fs from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from './user-error.js';

/** What cdk.json says to this command line. */
export interface Project {
  readonly directory: string;
  /** The command line that runs the app. */
  readonly app: string | undefined;
  /** The command line to run before it. */
  readonly build: string | undefined;
  readonly databases: readonly string[];
}

const DATABASES = 'cdk-database-patterns:databases';

/** Where the local cloud of this project keeps its state. */
export function stateDirectory(): string {
  return resolve('.local', 'state');
}

/** Reads cdk.json of the working directory; a folder without one has no databases. */
export function readProject(): Project {
  const directory = process.cwd();
  const path = join(directory, 'cdk.json');
  if (!fs.existsSync(path)) return { directory, app: undefined, build: undefined, databases: [] };
  const { app, build, context } = readObject(path);
  const given = context === undefined ? undefined : object(context)?.[DATABASES];
  if (!isList(given ?? [])) {
    throw new UserError(
      `${path}: the context "${DATABASES}" is ${JSON.stringify(given)}; it must be a list of names, e.g. ["catalog"]`,
    );
  }
  return {
    directory,
    app: text(path, 'app', app),
    build: text(path, 'build', build),
    databases: (given ?? []) as string[],
  };
}

function readObject(path: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(fs.readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new UserError(`${path} is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  const found = object(json);
  if (!found) throw new UserError(`${path} must hold an object, e.g. {"app": "node bin/app.js"}`);
  return found;
}

function object(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function isList(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

function text(path: string, name: string, value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw new UserError(
    `${path}: "${name}" is ${JSON.stringify(value)}; it must be a command line, e.g. "node bin/app.js"`,
  );
}

/** @throws UserError when there is no app to deploy */
export function requireApp(project: Project): string {
  if (project.app) return project.app;
  const path = join(project.directory, 'cdk.json');
  throw new UserError(
    fs.existsSync(path)
      ? `${path} names no app: add "app", the command line that runs it, e.g. "node bin/app.js"`
      : `there is no cdk.json in ${project.directory}: run this in the folder of a CDK app`,
  );
}
