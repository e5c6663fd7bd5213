import { describe, expect, it } from 'vitest';
import { refuseLacking, targetOf } from '../../../local/cloud/target.js';
import type { Docker } from '../../../local/localstack/docker.js';
import { requireDocker } from '../../../local/localstack/docker.js';
import { findJava } from '../../../local/localstack/java.js';

describe('a target', () => {
  it('that there is not is answered with those that there are', () => {
    expect(() => targetOf('azure')).toThrow(/no target 'azure': choose one of embedded, localstack, localstack-host/);
  });

  it('that is an account is answered with the command that deploys there', () => {
    expect(() => targetOf('aws')).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/'dbpatterns deploy --target aws'.*docs\/aws\.md/) }),
    );
  });

  it('refuses what it lacks before anything is started', () => {
    expect(() => refuseLacking('localstack', { auth: true, persist: true })).toThrow(
      /enforces no IAM \(auth\) and keeps no state over a stop \(persist\)/,
    );
    expect(() => refuseLacking('embedded', { auth: true, persist: true })).not.toThrow();
  });
});

describe('Docker', () => {
  const answering =
    (...answers: [code: number, output: string][]): Docker =>
    () => {
      const [code, output] = answers.shift() ?? [0, ''];
      return Promise.resolve({ code, output });
    };

  it.each([
    ['is not installed', answering([127, 'docker: not found']), /there is no docker on the PATH/],
    [
      'is not running',
      answering([1, 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.']),
      /docker does not answer: Cannot connect to the Docker daemon at unix:\/\/\/var\/run\/docker\.sock\. Install/,
    ],
    ['has no Compose', answering([0, '28.2.2'], [1, 'unknown command: docker compose']), /docker has no compose/],
    ['has an old Compose', answering([0, '28.2.2'], [0, 'v2.20.3']), /compose is v2\.20\.3, and 2\.23 is needed/],
  ])('that %s is met with one message that says how to mend it', async (_what, docker, message) => {
    const refused = requireDocker(docker, '/');
    await expect(refused).rejects.toMatchObject({ code: 'DOCKER_MISSING', message: expect.stringMatching(message) });
    await expect(refused).rejects.toThrow(/the embedded cloud needs no Docker/);
  });

  it('of today is taken', async () => {
    await expect(requireDocker(answering([0, '28.2.2'], [0, '2.40.3']), '/')).resolves.toBeUndefined();
  });

  it('that cannot be run at all is missing', async () => {
    const gone: Docker = () => Promise.reject(new Error('spawn docker ENOENT'));
    await expect(requireDocker(gone, '/')).rejects.toMatchObject({ code: 'DOCKER_MISSING' });
  });
});

describe('Java', () => {
  it('that is missing is met with one message that says how to mend it', async () => {
    await expect(findJava({ PATH: '/nowhere' })).rejects.toMatchObject({
      code: 'JAVA_MISSING',
      message: expect.stringMatching(/needs Java 17 or newer.*there is none.*set JAVA_HOME/),
    });
  });
});
