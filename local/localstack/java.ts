import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { LocalCloudError } from '../errors.js';

/** DynamoDB Local 2 needs it. */
const MINIMUM = 17;

/**
 * A Java that is recent enough: that of `JAVA_HOME`, or the one on the PATH.
 *
 * @throws LocalCloudError `JAVA_MISSING` with what was found and how to mend it
 */
export async function findJava(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const candidates = [...(env.JAVA_HOME ? [join(env.JAVA_HOME, 'bin', 'java')] : []), 'java'];
  const found: string[] = [];
  for (const command of candidates) {
    const version = await versionOf(command, env);
    if (version !== undefined && version >= MINIMUM) return command;
    if (version !== undefined) found.push(`${command} is Java ${version}`);
  }
  throw new LocalCloudError(
    'JAVA_MISSING',
    `LocalStack without Docker needs Java ${MINIMUM} or newer for DynamoDB; ` +
      `${found.join(', ') || 'there is none'}. Install one (https://adoptium.net) so that java is on the PATH, or set JAVA_HOME.`,
  );
}

function versionOf(command: string, env: NodeJS.ProcessEnv): Promise<number | undefined> {
  return new Promise((resolve) => {
    // it tells its version on standard error: openjdk version "17.0.15" 2025-04-15
    execFile(command, ['-version'], { env, timeout: 20_000 }, (error, _, stderr) => {
      const major = /version "(\d+)/.exec(stderr)?.[1];
      resolve(error || major === undefined ? undefined : Number(major));
    });
  });
}
