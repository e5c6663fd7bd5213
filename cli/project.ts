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

/** Where the local cloud of this project keeps its state. */
export function stateDirectory(): string {
  return resolve('.local', 'state');
}

/** Reads cdk.json of the working directory; a folder without one has no databases. */
export function readProject(): Project {
  const directory = process.cwd();
  const path = join(directory, 'cdk.json');
  if (!fs.existsSync(path)) return { directory, app: undefined, build: undefined, databases: [] };
  let json: { app?: string; build?: string; context?: Record<string, unknown> };
  try {
    json = JSON.parse(fs.readFileSync(path, 'utf8')) as typeof json;
  } catch (cause) {
    throw new UserError(`${path} is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  const databases = json.context?.['cdk-database-patterns:databases'] ?? [];
  if (!Array.isArray(databases) || !databases.every((name) => typeof name === 'string')) {
    throw new UserError(
      `${path}: the context "cdk-database-patterns:databases" must be a list of names, e.g. ["catalog"]`,
    );
  }
  return { directory, app: json.app, build: json.build, databases };
}

/** @throws UserError when there is no app to deploy */
export function requireApp(project: Project): string {
  if (project.app) return project.app;
  throw new UserError(`${join(project.directory, 'cdk.json')} names no app: run this in the folder of a CDK app`);
}
