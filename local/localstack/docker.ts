import { LocalCloudError } from '../errors.js';
import { run, type RunResult } from '../processes/run.js';

/** Runs docker with these arguments. */
export type Docker = (args: readonly string[], options: DockerOptions) => Promise<RunResult>;

/** How docker is run. */
export interface DockerOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly onLine?: (line: string) => void;
}

/** The docker on the PATH. */
export const docker: Docker = (args, options) => run('docker', args, options);

/** Inline configs are read since then. */
const COMPOSE = [2, 23] as const;

/**
 * Makes sure that Docker is there, answers, and has Compose.
 *
 * @throws LocalCloudError `DOCKER_MISSING` with what was found and how to mend it
 */
export async function requireDocker(command: Docker, cwd: string): Promise<void> {
  const asked = async (...args: string[]): Promise<RunResult> =>
    command(args, { cwd }).catch((error: unknown) => ({
      code: 127,
      output: error instanceof Error ? error.message : String(error),
    }));
  const server = await asked('version', '--format', '{{.Server.Version}}');
  if (server.code === 127) throw missing('there is no docker on the PATH');
  if (server.code !== 0) throw missing(`docker does not answer: ${lastLine(server.output)}`);
  const compose = await asked('compose', 'version', '--short');
  if (compose.code !== 0) throw missing('docker has no compose');
  const [major = 0, minor = 0] = compose.output.trim().replace(/^v/, '').split('.').map(Number);
  if (major < COMPOSE[0] || (major === COMPOSE[0] && minor < COMPOSE[1])) {
    throw missing(`docker compose is ${compose.output.trim()}, and ${COMPOSE.join('.')} is needed`);
  }
}

function missing(what: string): LocalCloudError {
  return new LocalCloudError(
    'DOCKER_MISSING',
    `the target 'localstack' runs in containers, and ${what}. Install or start Docker with Compose ` +
      `${COMPOSE.join('.')} or newer (https://docs.docker.com/get-started/get-docker), or leave the target out: ` +
      `the embedded cloud needs no Docker, and neither does 'localstack-host'.`,
  );
}

function lastLine(output: string): string {
  return (output.trim().split('\n').at(-1) ?? '').replace(/[.?!]+$/, '');
}
