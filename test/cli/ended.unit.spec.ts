import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withoutFrames } from '../../cli/deploy/command.js';
import { whyEnded } from '../../cli/local/ended.js';
import { explained } from '../../cli/target.js';
import { LocalCloudError } from '../../local/index.js';

let folder: string;
beforeAll(() => (folder = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-ended-'))));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const log = (text: string): void => fs.writeFileSync(join(folder, 'supervisor.log'), text);

describe('why the local cloud ended', () => {
  it('is what its supervisor has given up with, and where there is more', () => {
    log(
      '2026-01-31T12:00:00.000Z emulator ready\n2026-01-31T13:00:00.000Z the emulator ended (1); the local cloud was stopped\n',
    );
    expect(whyEnded(folder)).toBe(
      'It ended by itself at 2026-01-31T13:00:00.000Z: the emulator ended (1). "dbpatterns local logs --system" says more.',
    );
  });

  it('is nothing where somebody ended it, also after it had ended by itself before, or there was none', () => {
    log('2026-01-31T13:00:00.000Z it ended; the local cloud was stopped\n2026-01-31T14:00:00.000Z emulator ready\n');
    expect(whyEnded(folder)).toBe('');
    expect(whyEnded(join(folder, 'none'))).toBe('');
  });
});

it('says that the local cloud has ended where it is connected to no more', () => {
  const gone = Object.assign(new Error('connect'), { syscall: 'connect', code: 'ECONNREFUSED', address: '127.0.0.1' });
  expect(explained(gone)).toMatchObject({ name: 'UserError', message: 'the local cloud has ended', cause: gone });
  const elsewhere = Object.assign(new Error('connect'), { code: 'ECONNREFUSED', address: '10.0.0.1' });
  expect(explained(elsewhere)).toBe(elsewhere);
});

it('says why a custom resource failed, without the frames of its bundle and a group that is none', () => {
  const said = 'the app could not be deployed:\n  Shop: Migrations: Error: relation "a" exists';
  const frames = '\n    at f (/var/task/index.js:1:2)\n    at async g (file:///x)\n\nLogs: /aws/lambda/Shop-Run\n';
  const failed = new LocalCloudError('DEPLOY_FAILED', said + frames);
  expect(() => withoutFrames(failed)).toThrow(expect.objectContaining({ code: 'DEPLOY_FAILED', message: said }));
});
