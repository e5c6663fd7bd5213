import { execFile, spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lendWhatIsMadeOnce } from './made-once.js';

/** A docker that notes what it was asked for; its `up` lasts as long as that of somebody who fetches images. */
const DOCKER = `#!/bin/sh
echo "$*" >> "$DOCKER_ASKED"
case "$*" in
  *" up "*) exec sleep 60 ;;
  *) echo 2.40.3 ;;
esac
`;

let directory: string;
beforeEach(() => {
  directory = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-docker-'));
  fs.mkdirSync(join(directory, 'bin'));
  fs.writeFileSync(join(directory, 'bin', 'docker'), DOCKER, { mode: 0o755 });
  fs.writeFileSync(join(directory, 'cdk.json'), '{}');
});
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

const program = resolve('cli/bin/dbpatterns.js');
const options = (path = `${join(directory, 'bin')}:${process.env['PATH']}`) => ({
  cwd: directory,
  env: { ...process.env, PATH: path, DOCKER_ASKED: join(directory, 'asked') },
});

/** What Compose was asked to do so far. */
function asked(): string[] {
  if (!fs.existsSync(join(directory, 'asked'))) return [];
  const lines = fs.readFileSync(join(directory, 'asked'), 'utf8').split('\n');
  return lines.flatMap((line) => / plain (up|down)\b/.exec(line)?.[1] ?? []);
}

function local(args: readonly string[], path?: string): Promise<{ code: unknown; out: string; err: string }> {
  return new Promise((settle) => {
    execFile(process.execPath, [program, 'local', ...args], options(path), (error, out, err) =>
      settle({ code: error?.code ?? 0, out, err }),
    );
  });
}

/** `up` in containers, at the moment when these begin to start. */
async function startingUp(): Promise<ChildProcess> {
  const up = spawn(process.execPath, [program, 'local', 'up', '--target', 'localstack'], options());
  await expect.poll(asked, { timeout: 20_000 }).toEqual(['down', 'up']);
  return up;
}

describe('dbpatterns local, in containers', () => {
  it('says in one message that there is no Docker, and what needs none', async () => {
    const shell = fs.mkdtempSync(join(directory, 'shell-'));
    for (const name of ['sh', 'cat']) fs.symlinkSync(`/bin/${name}`, join(shell, name));
    const { code, err } = await local(['up', '--target', 'localstack'], shell);
    expect(code).toBe(1);
    expect(err).toMatch(/^dbpatterns: .*no docker on the PATH.*the embedded cloud needs no Docker.*\n$/);
    expect(await local(['down'])).toMatchObject({ code: 0, out: 'No local cloud was running.\n' });
  });

  it('leaves none running when up is interrupted', async () => {
    const up = await startingUp();
    up.kill('SIGINT');
    expect(await new Promise((settle) => up.once('exit', settle))).toBe(130);
    expect(asked()).toEqual(['down', 'up', 'down']);
    expect(await local(['down'])).toMatchObject({ out: 'No local cloud was running.\n' });
  });

  it('finds at down those that a killed up left, and ends them once', async () => {
    const up = await startingUp();
    up.kill('SIGKILL');
    await new Promise((settle) => up.once('exit', settle));
    expect(await local(['down'])).toMatchObject({ code: 0, out: 'What was left of a local cloud has ended.\n' });
    expect(asked()).toEqual(['down', 'up', 'down']);
    expect(await local(['down'])).toMatchObject({ out: 'No local cloud was running.\n' });
  });

  it('ends those that a killed up left before another target starts in their folder', async () => {
    lendWhatIsMadeOnce(directory);
    const up = await startingUp();
    up.kill('SIGKILL');
    await new Promise((settle) => up.once('exit', settle));
    try {
      expect(await local(['up', '--target', 'embedded'])).toMatchObject({ code: 0, err: '' });
      expect(asked()).toEqual(['down', 'up', 'down']);
    } finally {
      expect(await local(['down'])).toMatchObject({ code: 0 });
    }
    expect(asked()).toEqual(['down', 'up', 'down']);
  });

  it('does not start another target beside those that Docker does not end, and says so', async () => {
    const up = await startingUp();
    up.kill('SIGKILL');
    await new Promise((settle) => up.once('exit', settle));
    fs.writeFileSync(join(directory, 'bin', 'docker'), '#!/bin/sh\necho no daemon\nexit 1\n', { mode: 0o755 });
    const { code, err } = await local(['up', '--target', 'embedded']);
    expect(code).toBe(1);
    expect(err).toMatch(/docker compose .* down .* failed:\nno daemon/);
  });
});
