import * as kms from 'aws-cdk-lib/aws-kms';
import { describe, expect, it } from 'vitest';
import { CommitStore, DomainEvents, DynamoDbStore, PostgresStore, Service } from '../../../lib/index.js';
import { newHandler, newStack, rendered, Synthesised } from '../support/synthesis.js';

describe('the key of a service', () => {
  const stores = () => {
    const stack = newStack({ region: 'eu-west-1' });
    const [encryptionKey, other] = [new kms.Key(stack, 'Key'), new kms.Key(stack, 'Other')];
    const service = new Service(stack, 'Orders', { events: new DomainEvents(stack, 'Events'), encryptionKey });
    return { stack, service, encryptionKey, other };
  };
  const TABLE = 'AWS::DynamoDB::GlobalTable';
  const CLUSTER = 'AWS::RDS::DBCluster';

  it('encrypts all that the service stores: tables, clusters, secrets', () => {
    const { stack, service, encryptionKey } = stores();
    new DynamoDbStore(service, 'View', { partitionKey: 'id' });
    const database = new PostgresStore(service, 'Ledger');
    database.grantRead(newHandler(service));
    const synthesised = new Synthesised(stack);
    const key = `<${synthesised.idOf(encryptionKey)}.Arn>`;
    expect(keysIn(synthesised.only(TABLE))).toEqual([key]);
    // Of the storage, and of the master's secret.
    expect(keysIn(synthesised.only(CLUSTER))).toEqual([key, key]);
    expect(keysIn(synthesised.only('AWS::SecretsManager::Secret'))).toEqual([key]);
  });

  it('gives way to the key of a store', () => {
    const { stack, service, other } = stores();
    new CommitStore(service, 'Invoices', { encryptionKey: other });
    const synthesised = new Synthesised(stack);
    expect(keysIn(synthesised.only(TABLE))).toEqual([`<${synthesised.idOf(other)}.Arn>`]);
  });

  it('is that of the nearest service, and no other', () => {
    const { stack, service } = stores();
    const inner = new Service(service, 'Inner', { events: service.events });
    new DynamoDbStore(inner, 'View', { partitionKey: 'id' });
    expect(keysIn(new Synthesised(stack).only(TABLE))).toEqual([]);
  });
});

/** Keys that a resource is encrypted with, wherever it says so. */
function keysIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) =>
    /^kms(Master)?Key(Id)?$/i.test(name) ? [rendered(each)] : keysIn(each),
  );
}
