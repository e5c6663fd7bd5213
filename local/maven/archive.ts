import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Unzip, UnzipInflate } from 'fflate';

/** A file of a public repository, known by its checksum. */
export interface Archive {
  readonly url: string;
  /** SHA-256, in hex. */
  readonly sha256: string;
}

/**
 * Gets an archive and checks it.
 *
 * @param file where it shall lie; one that lies there already and is whole is kept
 * @param copies places where other programs may have left the same file
 * @throws Error when it cannot be had, or is not what the checksum says
 */
export async function fetchArchive(archive: Archive, file: string, copies: readonly string[]): Promise<void> {
  fs.mkdirSync(dirname(file), { recursive: true });
  if (await isWhole(file, archive.sha256)) return;
  const making = `${file}.${process.pid}`;
  try {
    for (const copy of copies) {
      if (!(await isWhole(copy, archive.sha256))) continue;
      fs.copyFileSync(copy, making, fs.constants.COPYFILE_FICLONE);
      fs.renameSync(making, file);
      return;
    }
    const answer = await fetch(archive.url);
    if (!answer.ok || !answer.body) throw new Error(`${archive.url} answered ${answer.status}`);
    await pipeline(Readable.fromWeb(answer.body), fs.createWriteStream(making));
    if (!(await isWhole(making, archive.sha256))) {
      throw new Error(`${archive.url} is not the file with the SHA-256 ${archive.sha256}`);
    }
    fs.renameSync(making, file);
  } finally {
    fs.rmSync(making, { force: true });
  }
}

async function isWhole(file: string, sha256: string): Promise<boolean> {
  if (!fs.existsSync(file)) return false;
  const hash = createHash('sha256');
  await pipeline(fs.createReadStream(file), hash);
  return hash.digest('hex') === sha256;
}

/**
 * Unpacks those files of a zip archive that are wanted.
 *
 * @param wanted the path below `folder` for a name in the archive, or `undefined` to leave it out
 */
export async function unpack(
  file: string,
  folder: string,
  wanted: (name: string) => string | undefined,
): Promise<void> {
  const open = new Set<number>();
  const unzip = new Unzip((entry) => {
    const path = wanted(entry.name);
    if (path === undefined) return;
    const to = join(folder, path);
    fs.mkdirSync(dirname(to), { recursive: true });
    const target = fs.openSync(to, 'w', 0o755);
    open.add(target);
    entry.ondata = (error, data, final) => {
      if (error) throw error;
      fs.writeSync(target, data);
      if (!final) return;
      fs.closeSync(target);
      open.delete(target);
    };
    entry.start();
  });
  unzip.register(UnzipInflate);
  try {
    for await (const chunk of fs.createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      unzip.push(chunk);
    }
    unzip.push(new Uint8Array(), true);
    if (open.size > 0) throw new Error(`${file} ends within a file`);
  } finally {
    for (const target of open) fs.closeSync(target);
  }
}
