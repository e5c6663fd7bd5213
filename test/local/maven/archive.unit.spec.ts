import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as http from 'node:http';
import * as os from 'node:os';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fetchArchive, unpack } from '../../../local/maven/archive.js';
import { mariaDbBinaries } from '../../../local/mariadb/binaries.js';

const archive = zipSync({
  'inside/bin/server': strToU8('a program'),
  'inside/share/messages': strToU8('words'),
  'inside/readme': strToU8('nobody reads it'),
});
const sha256 = createHash('sha256').update(archive).digest('hex');

let folder: string;
let repository: http.Server;
let url: string;
let asked: number;

beforeEach(async () => {
  asked = 0;
  folder = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-archive-'));
  repository = http.createServer((_request, response) => {
    asked++;
    response.end(archive);
  });
  await new Promise<void>((resolve) => repository.listen(0, '127.0.0.1', resolve));
  const address = repository.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/engine.jar`;
});

afterEach(async () => {
  await new Promise((resolve) => repository.close(resolve));
  fs.rmSync(folder, { recursive: true });
});

it('an archive is fetched once', async () => {
  const file = join(folder, 'engine.jar');
  await fetchArchive({ url, sha256 }, file, []);
  await fetchArchive({ url, sha256 }, file, []);
  expect(asked).toBe(1);
  expect(fs.readdirSync(folder)).toEqual(['engine.jar']);
});

it('an archive that is not what its checksum says is refused, and leaves nothing behind', async () => {
  const other = { url, sha256: '0'.repeat(64) };
  await expect(fetchArchive(other, join(folder, 'engine.jar'), [])).rejects.toThrow(`SHA-256 ${other.sha256}`);
  expect(fs.readdirSync(folder)).toEqual([]);
});

it('a copy that another program has fetched is taken, and one that is not whole is not', async () => {
  const whole = join(folder, 'whole.jar');
  const half = join(folder, 'half.jar');
  fs.writeFileSync(whole, archive);
  fs.writeFileSync(half, archive.subarray(0, 40));
  await fetchArchive({ url, sha256 }, join(folder, 'one', 'engine.jar'), [half, whole]);
  expect(asked).toBe(0);
  await fetchArchive({ url, sha256 }, join(folder, 'two', 'engine.jar'), [half]);
  expect(asked).toBe(1);
});

it('of an archive only what is wanted is unpacked, and programs can be run', async () => {
  const file = join(folder, 'engine.jar');
  fs.writeFileSync(file, archive);
  const into = join(folder, 'engine');
  await unpack(file, into, (name) => (name.endsWith('readme') ? undefined : name.replace('inside/', '')));
  expect(fs.readFileSync(join(into, 'share', 'messages'), 'utf8')).toBe('words');
  expect(fs.statSync(join(into, 'bin', 'server')).mode & 0o111).toBe(0o111);
  expect(fs.existsSync(join(into, 'readme'))).toBe(false);
});

it('MariaDB is refused where no binaries are known, with the way around it', async () => {
  await expect(mariaDbBinaries(folder, () => undefined, 'darwin-arm64')).rejects.toMatchObject({
    code: 'PLATFORM_UNSUPPORTED',
    message: expect.stringContaining('docs/data-api.md') as string,
  });
});
