import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StateFolder } from '../../../local/cloud/state.js';
import { ComposeProject } from '../../../local/localstack/compose.js';
import { Containers } from '../../../local/localstack/containers.js';
import type { Docker } from '../../../local/localstack/docker.js';

let folder: StateFolder;
beforeEach(() => (folder = new StateFolder(fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-containers-')))));
afterEach(() => fs.rmSync(folder.directory, { recursive: true, force: true }));

/** A Docker that notes what it was asked for, and fails at a word, with what it says then. */
function fakeDocker(failsAt = '', said = ''): { readonly docker: Docker; readonly asked: string[] } {
  const asked: string[] = [];
  const docker: Docker = (args) => {
    asked.push(args.join(' '));
    const failed = failsAt !== '' && args.includes(failsAt);
    return Promise.resolve({ code: failed ? 1 : 0, output: failed ? said : '2.40.3' });
  };
  return { docker, asked };
}

/** What Compose was asked to do, without how. */
const done = (asked: readonly string[]) =>
  asked.flatMap((line) => / plain (up|down|kill)\b.*/.exec(line)?.[0].slice(' plain '.length) ?? []);

const DOWN = 'down --volumes --remove-orphans';

describe('starting the containers', () => {
  it('begins afresh, waits for their health, and says what Docker said when they do not come up', async () => {
    const { docker, asked } = fakeDocker('up', 'pull access denied');
    const containers = new Containers(folder, {}, docker, {});
    await expect(containers.run(() => undefined)).rejects.toMatchObject({
      code: 'EMULATOR_FAILED',
      message: expect.stringContaining('pull access denied'),
    });
    expect(done(asked)).toEqual([DOWN, expect.stringMatching(/^up --detach --wait /)]);
    await containers.end();
    expect(done(asked).at(-1)).toBe(DOWN);
  });

  it('starts none where there is no Docker, and so has none to end', async () => {
    const asked: string[][] = [];
    const absent: Docker = (args) => Promise.resolve({ code: asked.push([...args]) && 127, output: '' });
    const containers = new Containers(folder, {}, absent, {});
    await expect(containers.run(() => undefined)).rejects.toMatchObject({ code: 'DOCKER_MISSING' });
    await containers.end();
    expect(asked).toHaveLength(1);
  });

  it('starts none where rows over 64 KB shall be refused, which their Data API does not', async () => {
    const { docker, asked } = fakeDocker();
    const containers = new Containers(folder, { documentedLimits: true }, docker, {});
    await expect(containers.run(() => undefined)).rejects.toMatchObject({ code: 'TARGET_LACKS' });
    expect(asked).toEqual([]);
  });

  it('says who may have a port that is taken', async () => {
    const { docker } = fakeDocker('up', 'Bind for 127.0.0.1:4566 failed: port is already allocated');
    await expect(new ComposeProject(folder, { docker }).up()).rejects.toThrow(/docker compose ls.*DBPATTERNS_AWS_PORT/);
  });
});

describe('containers', () => {
  it('are known to their folder from before they start until they are removed', async () => {
    const seen: [string, boolean][] = [];
    const docker: Docker = (args) => {
      seen.push([args.includes('up') ? 'up' : 'down', new ComposeProject(folder).exists()]);
      return Promise.resolve({ code: 0, output: '' });
    };
    const project = new ComposeProject(folder, { docker });
    await project.up();
    await project.down();
    expect(seen).toEqual([
      ['down', false],
      ['up', true],
      ['down', true],
    ]);
    expect(project.exists()).toBe(false);
  });

  it('that a killed process left behind are ended by another one', async () => {
    await new ComposeProject(folder, { docker: fakeDocker().docker }).up();
    const { docker, asked } = fakeDocker();
    await new ComposeProject(folder, { docker }).down();
    expect(done(asked)).toEqual([DOWN]);
  });

  it('that Docker does not take down are said to be there, and still known', async () => {
    const project = new ComposeProject(folder, { docker: fakeDocker().docker });
    await project.up();
    const refusing = new ComposeProject(folder, { docker: fakeDocker('down', 'Cannot connect').docker });
    await expect(refusing.down()).rejects.toThrow(/Cannot connect/);
    expect(project.exists()).toBe(true);
  });

  it('of a folder are not those of another', async () => {
    const { docker, asked } = fakeDocker();
    for (const name of ['one', 'one', 'other']) {
      await new ComposeProject(new StateFolder(join(folder.directory, name)), { docker }).up();
    }
    const names = asked.map((line) => /--project-name (dbpatterns-[0-9a-f]{8}) /.exec(line)?.[1]);
    expect(names.every(Boolean)).toBe(true);
    expect(new Set(names).size).toBe(2);
    expect(names.at(0)).toBe(names.at(2));
  });
});
