import * as fs from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { whenReady, type Emulator, type EmulatorOptions } from '../emulator/emulator.js';
import { pythonEnvironment } from '../emulator/environment.js';
import { prepareFunctionsFolder } from '../emulator/modules.js';
import { spawnGuarded } from '../processes/guarded.js';
import { packageFile } from '../resources.js';
import { dynamoDbLocal } from './dynamodb.js';
import { findJava } from './java.js';

const GRACE_SECONDS = 8;
const READY_WITHIN = 60_000;

type Addressed = Pick<EmulatorOptions, 'directory' | 'port' | 'dataApiEndpoint'>;

/** What LocalStack needs on this machine, apart from itself. */
export interface LocalStackParts {
  readonly python: string;
  readonly java: string;
  /** Folder of DynamoDB Local. */
  readonly dynamodb: string;
}

/**
 * Finds or fetches what LocalStack 4.14.0, the last one that needs no token, takes to run without Docker: Python ≥ 3.12,
 * Java ≥ 17, its own packages from PyPI and DynamoDB Local from Maven Central.
 *
 * @param cache folder for what is made once
 * @throws LocalCloudError with what is missing and how to mend it
 */
export async function localStackParts(cache: string, onMessage: (message: string) => void): Promise<LocalStackParts> {
  const home = join(cache, 'localstack');
  fs.mkdirSync(home, { recursive: true });
  const java = await findJava();
  const [python, dynamodb] = await Promise.all([
    pythonEnvironment(join(home, 'python'), onMessage, {
      name: 'LocalStack',
      requirements: packageFile('localstack', 'requirements.txt'),
      minimum: [3, 12],
    }),
    dynamoDbLocal(home, onMessage),
  ]);
  return { python, java, dynamodb };
}

/**
 * Starts LocalStack without Docker and waits until it answers.
 *
 * @throws LocalCloudError `PORT_TAKEN` when another program took the port, `EMULATOR_FAILED` with its last lines
 */
export function startLocalStack(options: Addressed, parts: LocalStackParts): Promise<Emulator> {
  const { directory, port } = options;
  const functions = join(directory, 'functions');
  prepareFunctionsFolder(functions);
  const log = join(directory, 'emulator.log');
  const process = spawnGuarded({
    command: parts.python,
    args: [packageFile('localstack', 'launch.py')],
    env: environment(options, parts, functions),
    cwd: directory,
    log,
    note: join(directory, 'exit'),
    signal: 'TERM',
    grace: GRACE_SECONDS,
  });
  return whenReady({ process, port, log, path: '/_localstack/health', within: READY_WITHIN });
}

/** Nothing is inherited but the PATH: a stray AWS_ENDPOINT_URL or profile would redirect every function. */
function environment(
  { directory, port, dataApiEndpoint }: Addressed,
  { java, dynamodb }: LocalStackParts,
  functions: string,
): NodeJS.ProcessEnv {
  return {
    PATH: [dirname(process.execPath), process.env.PATH].filter(Boolean).join(delimiter),
    HOME: functions,
    TMPDIR: functions,
    LANG: 'C.UTF-8',
    PYTHONUNBUFFERED: '1',
    LOCALSTACK_JAVA: java,
    LOCALSTACK_DYNAMODB_JARS: dynamodb,
    // where it would look for what its image brings, and keep its files
    FILESYSTEM_ROOT: join(directory, 'localstack'),
    CONFIG_DIR: join(directory, 'localstack', 'config'),
    OVERRIDE_IN_DOCKER: '0',
    GATEWAY_LISTEN: `127.0.0.1:${port}`,
    // the addresses that it gives to queues
    LOCALSTACK_HOST: `127.0.0.1:${port}`,
    SQS_ENDPOINT_STRATEGY: 'path',
    PROVIDER_OVERRIDE_DYNAMODB: 'v2',
    PROVIDER_OVERRIDE_DYNAMODBSTREAMS: 'v2',
    // it neither answers to names nor calls home
    DNS_ADDRESS: '0',
    SKIP_SSL_CERT_DOWNLOAD: '1',
    DISABLE_EVENTS: '1',
    LS_LOG: 'warning',
    // a function is there when CloudFormation says so
    LAMBDA_SYNCHRONOUS_CREATE: '1',
    // queues are asked at once again, not after ten seconds
    LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC: '0.1',
    LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC: '0.2',
    AWS_ENDPOINT_URL_RDS_DATA: dataApiEndpoint,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}
