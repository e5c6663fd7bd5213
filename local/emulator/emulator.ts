import * as fs from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { LocalCloudError } from '../errors.js';
import { notedExit, spawnGuarded, type GuardedProcess } from '../processes/guarded.js';
import { packageFile } from '../resources.js';
import { prepareFunctionsFolder } from './modules.js';

/** The one account and region of the local cloud. */
export const LOCAL_ACCOUNT = '000000000000';
export const LOCAL_REGION = 'us-east-1';
/** Root of the emulator: under `AUTH=true` every other key is checked against IAM. */
export const LOCAL_ACCESS_KEY = 'test';

/** How to start the emulator. */
export interface EmulatorOptions {
  /** Its folder: state, logs and unpacked functions. */
  readonly directory: string;
  readonly python: string;
  readonly port: number;
  readonly dataApiEndpoint: string;
  /** Enforce IAM. */
  readonly auth: boolean;
  /** Save the state at a clean end and load it at the start. */
  readonly persist: boolean;
  /** Names of the mends to apply; all by default. For the test that watches whether they are still needed. */
  readonly mends?: readonly string[] | undefined;
}

/** A running emulator. */
export interface Emulator {
  readonly endpoint: string;
  readonly port: number;
  readonly process: GuardedProcess;
}

const GRACE_SECONDS = 8;
const READY_WITHIN = 30_000;

/** Whether the folder's emulator ended by itself and so saved its state. */
export function emulatorEndedCleanly(directory: string): boolean {
  return notedExit(join(directory, 'exit')) === 0;
}

/**
 * Starts the emulator and waits until it answers.
 *
 * @throws LocalCloudError `PORT_TAKEN` when another program took the port, `EMULATOR_FAILED` with its last lines
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { directory, port } = options;
  prepareFunctionsFolder(join(directory, 'functions'));
  const log = join(directory, 'emulator.log');
  const process = spawnGuarded({
    command: options.python,
    args: [packageFile('emulator', 'launch.py')],
    env: environment(options),
    cwd: directory,
    log,
    note: join(directory, 'exit'),
    signal: 'TERM',
    grace: GRACE_SECONDS,
  });
  return whenReady({ process, port, log, path: '/_ministack/health', within: READY_WITHIN });
}

/** An emulator that has been spawned. */
interface Spawned {
  readonly process: GuardedProcess;
  readonly port: number;
  /** The file that it logs to. */
  readonly log: string;
  /** What it answers at when it is ready. */
  readonly path: string;
  /** Milliseconds that it has for that. */
  readonly within: number;
}

/** Waits until an emulator answers, and ends it if it does not. */
export async function whenReady({ process, port, log, path, within }: Spawned): Promise<Emulator> {
  const endpoint = `http://127.0.0.1:${port}`;
  const end = performance.now() + within;
  while (process.isRunning() && performance.now() < end) {
    // asked again after the answer: another program on the port may have answered while ours was giving up
    if ((await isHealthy(`${endpoint}${path}`)) && process.isRunning()) return { endpoint, port, process };
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  const late = process.isRunning();
  await process.stop();
  const lines = fs.readFileSync(log, 'utf8').trim().split('\n');
  if (lines.slice(-5).some((line) => /already in use/i.test(line))) {
    throw new LocalCloudError('PORT_TAKEN', `port ${port} of 127.0.0.1 is taken by another program`);
  }
  const reason = late ? `did not answer within ${within / 1000} s` : 'ended at once';
  throw new LocalCloudError(
    'EMULATOR_FAILED',
    `the emulator ${reason}; ${log} ends with\n${lines.slice(-8).join('\n')}`,
  );
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** Nothing is inherited but the PATH: a stray AWS_ENDPOINT_URL or profile would redirect every function. */
function environment(options: EmulatorOptions): NodeJS.ProcessEnv {
  const functions = join(options.directory, 'functions');
  return {
    PATH: [dirname(process.execPath), process.env.PATH].filter(Boolean).join(delimiter),
    HOME: functions,
    TMPDIR: functions,
    LANG: 'C.UTF-8',
    PYTHONUNBUFFERED: '1',
    BIND_HOST: '127.0.0.1',
    MINISTACK_HOST: '127.0.0.1',
    GATEWAY_PORT: String(options.port),
    MINISTACK_ACCOUNT_ID: LOCAL_ACCOUNT,
    MINISTACK_REGION: LOCAL_REGION,
    AWS_ACCESS_KEY_ID: LOCAL_ACCESS_KEY,
    AWS_SECRET_ACCESS_KEY: LOCAL_ACCESS_KEY,
    AWS_ENDPOINT_URL: `http://127.0.0.1:${options.port}`,
    AWS_ENDPOINT_URL_RDS_DATA: options.dataApiEndpoint,
    AWS_EC2_METADATA_DISABLED: 'true',
    // functions run on the host's Node, and the SDK's advice about its version belongs to nobody's log
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    LOG_LEVEL: 'WARNING',
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    AUTH: String(options.auth),
    PERSIST_STATE: options.persist ? '1' : '0',
    S3_PERSIST: options.persist ? '1' : '0',
    STATE_DIR: join(options.directory, 'state'),
    S3_DATA_DIR: join(options.directory, 's3'),
    ...(options.mends ? { MENDS: options.mends.join(',') } : {}),
  };
}
