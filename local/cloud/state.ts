import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Target } from './target.js';

/** What a running cloud writes down for those who attach to it or clean up after it. Holds secrets: mode 0600. */
export interface CloudState {
  readonly format: 1;
  readonly endpoint: string;
  readonly dataApiEndpoint: string;
  readonly auth: boolean;
  readonly documentedLimits: boolean;
  readonly target: Target;
  readonly cacheDirectory: string;
  readonly postgres: { readonly port: number; readonly password: string };
  readonly mariaDb?: { readonly port: number; readonly password: string };
}

/** The files of one state folder. */
export class StateFolder {
  readonly lock: string;
  readonly emulator: string;
  readonly postgres: string;
  readonly mariaDb: string;
  /** There while containers are: they outlive whoever started them. */
  readonly containers: string;
  private readonly state: string;
  private readonly ports: string;

  constructor(readonly directory: string) {
    this.lock = join(directory, 'cloud.lock');
    this.emulator = join(directory, 'emulator');
    this.postgres = join(directory, 'postgres');
    this.mariaDb = join(directory, 'mariadb');
    this.containers = join(directory, 'containers');
    this.state = join(directory, 'cloud.json');
    this.ports = join(directory, 'ports.json');
  }

  read(): CloudState | undefined {
    const state = readJson(this.state) as CloudState | undefined;
    return state?.format === 1 ? state : undefined;
  }

  write(state: CloudState): void {
    writeJson(this.state, state);
  }

  remove(): void {
    fs.rmSync(this.state, { force: true });
  }

  /** The ports of the last run, which addresses in the emulator's state name. */
  readPorts(): { readonly [part in keyof Ports]: number | undefined } {
    const { emulator, postgres, dataApi } = (readJson(this.ports) ?? {}) as Partial<Record<string, unknown>>;
    return { emulator: port(emulator), postgres: port(postgres), dataApi: port(dataApi) };
  }

  writePorts(ports: Ports): void {
    writeJson(this.ports, ports);
  }
}

/** The ports of a cloud on 127.0.0.1. */
export interface Ports {
  readonly emulator: number;
  readonly postgres: number;
  readonly dataApi: number;
}

function port(value: unknown): number | undefined {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) < 65_536 ? Number(value) : undefined;
}

/** Written whole or not at all, because others read while we write. */
function writeJson(path: string, value: unknown): void {
  const making = `${path}.${process.pid}`;
  fs.writeFileSync(making, JSON.stringify(value, undefined, 2), { mode: 0o600 });
  fs.renameSync(making, path);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(fs.readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
