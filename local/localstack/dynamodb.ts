import * as fs from 'node:fs';
import { basename, join } from 'node:path';
import { LocalCloudError } from '../errors.js';
import { fetchFromMaven } from '../maven/central.js';
import { withLock } from '../processes/lock.js';
import { packageFile } from '../resources.js';

/** Paths in Maven Central with their SHA-256. */
type Pinned = Readonly<Record<string, string>>;

/**
 * The folder of DynamoDB Local and what it needs, fetched from Maven Central at the first use. Files that Maven itself
 * has fetched before are taken instead.
 *
 * @param home folder in which it is to lie
 * @throws LocalCloudError `PLATFORM_UNSUPPORTED`, or `DYNAMODB_FAILED` when it cannot be had
 */
export async function dynamoDbLocal(
  home: string,
  onMessage: (message: string) => void,
  platform: string = `${process.platform}-${process.arch}`,
): Promise<string> {
  if (platform !== 'linux-x64') {
    throw new LocalCloudError(
      'PLATFORM_UNSUPPORTED',
      `LocalStack without Docker runs on linux-x64 only, and this is ${platform}. With Docker it runs everywhere: --target localstack.`,
    );
  }
  const folder = join(home, 'dynamodb');
  const complete = join(folder, '.complete');
  const pinned = fs.readFileSync(packageFile('localstack', 'dynamodb.json'), 'utf8');
  const ready = () => fs.existsSync(complete) && fs.readFileSync(complete, 'utf8') === pinned;
  if (ready()) return folder;
  const waiting = () => onMessage('waiting for another process to fetch DynamoDB Local');
  return withLock(
    `${folder}.lock`,
    async () => {
      if (ready()) return folder;
      onMessage('fetching DynamoDB Local (first use)');
      fs.rmSync(folder, { recursive: true, force: true });
      await Promise.all(
        Object.entries(JSON.parse(pinned) as Pinned).map(([path, sha256]) =>
          fetchFromMaven(path, sha256, join(folder, named(path))),
        ),
      ).catch((cause: unknown) => {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new LocalCloudError('DYNAMODB_FAILED', `DynamoDB Local cannot be had: ${reason}`, { cause });
      });
      fs.writeFileSync(complete, pinned);
      return folder;
    },
    waiting,
  );
}

/** Java asks for a native library by its name, without a version. */
function named(path: string): string {
  return basename(path).replace(/^(lib.*?)-[\d.]+\.so$/, '$1.so');
}
