import * as fs from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DEFAULTS } from '../../../local/localstack/compose.js';

const FILES = ['local/localstack/docker-compose.localstack.yml', 'docker-compose.localstack.yml'] as const;

function read(file: string): unknown {
  return parse(fs.readFileSync(file, 'utf8'), { merge: true });
}

interface ComposeService {
  readonly image: string;
  readonly networks: string[];
  readonly ports: string[];
  readonly command?: string[];
  readonly entrypoint?: string[];
  readonly healthcheck: { readonly test: string[]; readonly interval: string; readonly timeout: string };
  readonly environment?: Record<string, string>;
  readonly depends_on?: Record<string, { readonly condition: string }>;
  readonly volumes?: string[];
  readonly configs?: { readonly source: string; readonly target: string }[];
}

interface ComposeFile {
  readonly name: string;
  readonly services: Record<string, ComposeService>;
  readonly networks: Record<string, { readonly name: string }>;
  readonly configs: Record<string, { readonly content: string }>;
}

const compose = read(FILES[0]) as ComposeFile;
const services = Object.entries(compose.services);

// its formats are Compose's own ("ports", "duration"), of which the schema says nothing
const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
const isCompose = ajv.compile(JSON.parse(fs.readFileSync(new URL('data/compose-spec.json', import.meta.url), 'utf8')));

/** What is wrong with a file, by the Compose specification: words and values, nested ones too. */
function findings(file: unknown): string[] {
  isCompose(file);
  return (isCompose.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

describe('the containers of LocalStack', () => {
  it.each(FILES)('are what the Compose specification takes: %s', (file) => {
    expect(findings(read(file))).toEqual([]);
  });

  it.each([
    ['a word that is none', { healthchek: { test: 'true' } }],
    ['a nested word that is none', { healthcheck: { test: 'true', every: '2s' } }],
    ['a value of another type', { healthcheck: { test: 'true', retries: [3] } }],
    ['a condition that there is not', { depends_on: { postgres: { condition: 'healthy' } } }],
    ['a path that is no string', { configs: [{ source: 'replication', target: 5 }] }],
  ])('would be refused for %s', (_what, slip) => {
    const service = { ...compose.services['postgres-replica-1'], ...slip };
    expect(findings({ ...compose, services: { ...compose.services, 'postgres-replica-1': service } })).not.toEqual([]);
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

  it.each(Object.entries(DEFAULTS))('have %s where the cloud looks for it: %s', (name, value) => {
    expect(fs.readFileSync(FILES[0], 'utf8')).toContain(`\${${name}:-${value}}`);
  });

  it.each(['postgres-replica-1', 'postgres-replica-2'])('%s allows no fewer connections than its primary', (name) => {
    const allowed = (service: string) => {
      const { command = [], entrypoint = [] } = compose.services[service] ?? {};
      return Number(/max_connections=(\d+)/.exec([...entrypoint, ...command].join(' '))?.[1]);
    };
    expect(allowed(name)).toBeGreaterThanOrEqual(allowed('postgres'));
  });

  it('are one project with one network, by its name', () => {
    const root = read(FILES[1]) as { readonly name: string };
    expect(root.name).toBe(compose.name);
    expect(compose.networks['cloud']?.name).toBe(`\${COMPOSE_PROJECT_NAME:-${compose.name}}`);
  });
});
