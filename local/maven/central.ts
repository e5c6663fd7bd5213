import * as os from 'node:os';
import { join } from 'node:path';
import { fetchArchive } from './archive.js';

/**
 * Gets a file of Maven Central, without Maven. One that Maven has fetched before is taken instead.
 *
 * @param path its path in the repository
 * @param sha256 what it must be
 * @param file where it shall lie; one that lies there already and is whole is kept
 * @throws Error when it cannot be had, or is not what the checksum says
 */
export function fetchFromMaven(path: string, sha256: string, file: string): Promise<void> {
  return fetchArchive({ url: mavenUrl(path), sha256 }, file, [join(os.homedir(), '.m2', 'repository', path)]);
}

/** The address of a file of Maven Central. */
export function mavenUrl(path: string): string {
  return `https://repo1.maven.org/maven2/${path}`;
}
