import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Containers } from '../../../local/localstack/containers.js';
import type { Docker } from '../../../local/localstack/docker.js';
import { StateFolder } from '../../../local/cloud/state.js';

const file = new URL('../../../local/localstack/docker-compose.localstack.yml', import.meta.url);

interface ComposeService {
  readonly image: string;
  readonly networks: string[];
  readonly ports: string[];
  readonly healthcheck: { readonly test: string[]; readonly interval: string; readonly timeout: string };
  readonly environment?: Record<string, string>;
  readonly depends_on?: Record<string, { readonly condition: string }>;
  readonly volumes?: string[];
  readonly configs?: { readonly source: string; readonly target: string }[];
}

interface ComposeFile {
  readonly services: Record<string, ComposeService>;
  readonly networks: Record<string, { readonly name: string }>;
  readonly configs: Record<string, { readonly content: string }>;
}

const compose = parse(fs.readFileSync(file, 'utf8'), { merge: true }) as ComposeFile;
const services = Object.entries(compose.services);

/** What the Compose specification has of what is used here: a word that is none is a slip of the pen. */
const words = {
  file: ['name', 'services', 'networks', 'configs'],
  service:
    'command configs depends_on entrypoint environment healthcheck image networks ports user volumes working_dir'.split(
      ' ',
    ),
  healthcheck: ['test', 'interval', 'timeout', 'retries', 'start_period'],
};

describe('the containers of LocalStack', () => {
  it('are described in the words of Compose', () => {
    const strange = (given: object, allowed: readonly string[]) =>
      Object.keys(given).filter((word) => !allowed.includes(word) && !word.startsWith('x-'));
    expect(strange(compose, words.file)).toEqual([]);
    for (const [, service] of services) {
      expect(strange(service, words.service)).toEqual([]);
      expect(strange(service.healthcheck, words.healthcheck)).toEqual([]);
    }
  });

  it('are LocalStack, PostgreSQL with two replicas, MySQL, Valkey and the Data API', () => {
    expect(Object.keys(compose.services).toSorted()).toEqual([
      'data-api',
      'localstack',
      'mysql',
      'postgres',
      'postgres-replica-1',
      'postgres-replica-2',
      'valkey',
    ]);
  });

  it.each(services)('%s has a pinned image', (name, { image }) => {
    const tag = /:(?:\$\{LOCALSTACK_VERSION:-)?(\d+\.\d+(?:\.\d+)?(?:-[a-z]+)*)\}?$/.exec(image)?.[1];
    expect(tag, image).toBeDefined();
    if (name === 'localstack') expect(tag).toBe('4.14.0');
  });

  it.each(services)('%s is reached from this machine only, and by the others on one network', (_name, service) => {
    expect(service.networks).toEqual(['cloud']);
    for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:\$\{[A-Z0-9_]+:-\d+\}:\d+$/);
  });

  it.each(services)('%s says when it is healthy, and waits for those that it needs to be', (_name, service) => {
    expect(service.healthcheck.test[0]).toMatch(/^CMD(-SHELL)?$/);
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(compose.services).toHaveProperty(other);
      expect(condition).toBe('service_healthy');
    }
  });

  it('have ports of their own', () => {
    const ports = services.flatMap(([, service]) => service.ports.map((port) => /:-(\d+)\}/.exec(port)?.[1]));
    expect(new Set(ports).size).toBe(ports.length);
  });

  it('are on the network of the functions, which know the Data API by its name', () => {
    const { environment = {} } = compose.services['localstack'] ?? {};
    expect(environment['LAMBDA_DOCKER_NETWORK']).toBe(compose.networks['cloud']?.name);
    expect(environment['LAMBDA_DOCKER_FLAGS']).toContain('AWS_ENDPOINT_URL_RDS_DATA=http://data-api:8080');
  });

  it('have the ports at which the cloud looks for them', () => {
    const text = fs.readFileSync(file, 'utf8');
    const asked = fs.readFileSync(new URL('../../../local/localstack/containers.ts', import.meta.url), 'utf8');
    for (const [, name, value] of asked.matchAll(/^ {2}(DBPATTERNS_\w+): '(\w+)',$/gm)) {
      expect(text).toContain(`\${${name}:-${value}}`);
    }
  });
});

describe('starting the containers', () => {
  const started: string[][] = [];
  const failing: Docker = (args) => {
    started.push([...args]);
    const failed = args.includes('up');
    return Promise.resolve({ code: failed ? 1 : 0, output: failed ? 'pull access denied' : '2.40.3' });
  };

  it('waits for their health, and says what Docker said when they do not come up', async () => {
    const containers = new Containers(new StateFolder('/nowhere'), {}, failing, {});
    await expect(containers.run(() => undefined)).rejects.toMatchObject({
      code: 'EMULATOR_FAILED',
      message: expect.stringContaining('pull access denied'),
    });
    expect(started.at(-1)).toEqual(expect.arrayContaining(['up', '--wait']));
    await containers.end();
    expect(started.at(-1)).toEqual(expect.arrayContaining(['down', '--volumes']));
  });

  it('starts none where there is no Docker, and so has none to end', async () => {
    const asked: string[][] = [];
    const absent: Docker = (args) => Promise.resolve({ code: asked.push([...args]) && 127, output: '' });
    const containers = new Containers(new StateFolder('/nowhere'), {}, absent, {});
    await expect(containers.run(() => undefined)).rejects.toMatchObject({ code: 'DOCKER_MISSING' });
    await containers.end();
    expect(asked).toHaveLength(1);
  });
});
