import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeLinks } from '../../../local/postgres/binaries.js';

let root: string;

beforeEach(() => {
  root = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-links-'));
  fs.mkdirSync(join(root, 'native', 'lib'), { recursive: true });
  fs.writeFileSync(join(root, 'native', 'lib', 'libpq.so.5.18'), 'library');
  const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }];
  fs.writeFileSync(join(root, 'native', 'pg-symlinks.json'), JSON.stringify(links));
});

afterEach(() => fs.rmSync(root, { recursive: true }));

it('PostgreSQL gets the links that a blocked install script did not make, once', () => {
  makeLinks(root);
  makeLinks(root);
  expect(fs.readlinkSync(join(root, 'native', 'lib', 'libpq.so.5'))).toBe('libpq.so.5.18');
  expect(fs.readFileSync(join(root, 'native', 'lib', 'libpq.so.5'), 'utf8')).toBe('library');
});
