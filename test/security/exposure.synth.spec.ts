import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import { storefront } from '../../examples/storefront/services/app.js';
import { root } from '../../scripts/support/paths.js';
import { gallery } from './gallery.js';
import { decide } from './policy.js';
import { policyOf } from './rights.js';
import { Template } from './template.js';

const shop = (): Stack => {
  const stack = storefront({ databases: {} }).node.children.find((child) => Stack.isStack(child));
  if (stack === undefined) throw new Error('the storefront has no stack');
  return stack;
};

describe.each([
  { name: 'the shop', build: shop },
  { name: 'the gallery', build: gallery },
])('in $name', ({ build }) => {
  const template = new Template(build());

  /** All of a type; a test about none of them would say nothing. */
  const every = (type: string) => {
    const found = template.ofType(type);
    expect(found.length, type).toBeGreaterThan(0);
    return found;
  };

  it('each method of an API asks for IAM credentials', () => {
    for (const { path, properties } of every('AWS::ApiGateway::Method')) {
      expect(properties['AuthorizationType'], path).toBe('AWS_IAM');
    }
  });

  it('each stage of an API is throttled', () => {
    for (const { path, properties } of every('AWS::ApiGateway::Stage')) {
      const requests = { HttpMethod: '*', ResourcePath: '/*', ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 1000 };
      expect(properties['MethodSettings'], path).toContainEqual(expect.objectContaining(requests));
    }
  });

  it('a queue is encrypted and refuses what does not come by TLS', () => {
    for (const queue of every('AWS::SQS::Queue')) {
      expect(queue.properties['SqsManagedSseEnabled'], queue.path).toBe(true);
      const send = { action: 'sqs:SendMessage', resource: template.arnOf(queue) };
      const everything = { Effect: 'Allow', Action: '*', Resource: '*' } as const;
      const policies = {
        principal: 'arn:aws:iam::1:role/any',
        identity: [everything],
        resource: policyOf(template, queue),
      };
      const plain = { 'aws:SecureTransport': ['false'] };
      expect(decide({ ...send, context: plain }, policies).allowed, queue.path).toBe(false);
    }
  });

  it('a table is recoverable, protected from deletion, and stays when the stack goes', () => {
    for (const { path, properties, removal } of every('AWS::DynamoDB::GlobalTable')) {
      expect(removal, path).toBe('Retain');
      for (const replica of properties['Replicas'] as unknown[]) {
        expect(replica, path).toMatchObject({
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          DeletionProtectionEnabled: true,
        });
      }
    }
  });

  it('a cluster is encrypted, has backups, is protected from deletion, and stays when the stack goes', () => {
    for (const { path, properties, removal } of every('AWS::RDS::DBCluster')) {
      expect(removal, path).toBe('Retain');
      expect(properties, path).toMatchObject({
        StorageEncrypted: true,
        BackupRetentionPeriod: 7,
        DeletionProtection: true,
      });
    }
  });

  it('a cluster takes connections by TLS only, and lets nobody in by network', () => {
    for (const { path, properties } of every('AWS::EC2::SecurityGroup')) {
      expect(properties['SecurityGroupIngress'], path).toBeUndefined();
    }
    expect(template.ofType('AWS::EC2::SecurityGroupIngress')).toEqual([]);
    const parameters = every('AWS::RDS::DBClusterParameterGroup');
    expect(parameters.length).toBe(every('AWS::RDS::DBCluster').length);
    for (const { path, properties } of parameters) {
      expect(properties['Parameters'], path).toMatchObject({ 'rds.force_ssl': '1' });
    }
  });

  it('a function is told names and ARNs, and no secret', () => {
    for (const { path, properties } of every('AWS::Lambda::Function')) {
      const { Variables = {} } = (properties['Environment'] ?? {}) as { Variables?: Record<string, string> };
      for (const [name, value] of Object.entries(Variables)) {
        expect(name, path).not.toMatch(/PASSWORD|SECRET_?(KEY|VALUE)|CREDENTIAL/i);
        expect(value, `${path} ${name}`).not.toMatch(/resolve:|"password"|BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}/);
      }
    }
  });

  it('a secret is generated where it is kept, that of a master by RDS, and nowhere written down', () => {
    for (const { path, properties } of every('AWS::RDS::DBCluster')) {
      expect(properties['ManageMasterUserPassword'], path).toBe(true);
      expect(properties, path).not.toHaveProperty('MasterUserPassword');
    }
    for (const { path, properties } of every('AWS::SecretsManager::Secret')) {
      expect(properties, path).not.toHaveProperty('SecretString');
      expect(properties['GenerateSecretString'], path).toMatchObject({ PasswordLength: 40 });
    }
    expect(JSON.stringify(template.resources)).not.toMatch(/resolve:secretsmanager|managed-by-rds/);
  });
});

/** What runs in an account, or calls one. */
const SOURCES = ['lib', 'lambdas', 'cli', 'examples'];

it('nothing that is deployed looks away from a certificate', () => {
  const looksAway =
    /rejectUnauthorized\s*:\s*false|NODE_TLS_REJECT_UNAUTHORIZED|sslmode=(disable|allow|prefer|require)\b/;
  const files = SOURCES.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.m?ts$/.test(file) && !/(^|\/)(node_modules|dist|cdk\.out)\//.test(file))
      .map((file) => join(root, folder, file)),
  );
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter((file) => looksAway.test(readFileSync(file, 'utf8')))).toEqual([]);
});
