import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import {
  CommandApi,
  CommitStore,
  DomainEvents,
  DynamoDbStore,
  PostgresStore,
  Projection,
  QueryApi,
  Service,
  View,
} from '../../lib/index.js';
import { CLUSTER_ARN, SECRET_ARN } from './support/shop.js';
import { newHandler, newStack, Synthesised, temporaryFolder } from './support/synthesis.js';

/** Everything at once: commands to a database and to a table, views of their events, questions. */
function shop(database: 'own' | 'existing', migrations: string): Stack {
  const stack = newStack();
  const events = new DomainEvents(stack, 'Events');
  const catalog = new Service(stack, 'Catalog', { events });
  const store =
    database === 'own'
      ? new PostgresStore(catalog, 'Products', { databaseName: 'catalog', migrations })
      : PostgresStore.fromDataApi(catalog, 'Products', {
          clusterArn: CLUSTER_ARN,
          secretArn: SECRET_ARN,
          databaseName: 'catalog',
          migrations,
        });
  const handler = newHandler(catalog);
  const { stream } = new CommandApi(catalog, 'Commands', { store, handler, stream: 'product' });
  const browse = new Service(stack, 'Browse', { events });
  const view = new DynamoDbStore(browse, 'View', { partitionKey: 'productId' });
  const into = View.entity(view);
  new Projection(browse, 'Listing', { of: stream, into, handler: newHandler(browse, 'ListingHandler') });
  new QueryApi(browse, 'Queries', { store: view, handler: newHandler(browse, 'QueryHandler') });
  const sales = new Service(stack, 'Sales', { events });
  const invoices = new CommitStore(sales, 'Invoices');
  const sold = new CommandApi(sales, 'Commands', { store: invoices, handler: newHandler(sales), stream: 'sale' });
  const pairs = View.aggregateTable(store, 'pairs');
  new Projection(catalog, 'Pairs', { of: sold.stream, into: pairs, handler: newHandler(catalog, 'PairsHandler') });
  return stack;
}

function migrations(): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, '0001_products.sql'), 'create table product (id text primary key);');
  return folder;
}

describe('an app', () => {
  it.each(['own', 'existing'] as const)('is the same however often it is synthesised, with its %s database', (kind) => {
    const sql = migrations();
    const [first, second] = [shop(kind, sql), shop(kind, sql)].map((stack) => new Synthesised(stack).template.toJSON());
    expect(second).toEqual(first);
  });

  it('deploys to the local cloud: it has nothing there that the emulator does not know', () => {
    expect(new Synthesised(shop('existing', migrations())).types()).toEqual([
      'AWS::ApiGateway::Deployment',
      'AWS::ApiGateway::Method',
      'AWS::ApiGateway::Resource',
      'AWS::ApiGateway::RestApi',
      'AWS::ApiGateway::Stage',
      'AWS::CloudWatch::Alarm',
      'AWS::DynamoDB::GlobalTable',
      'AWS::Events::EventBus',
      'AWS::Events::Rule',
      'AWS::IAM::Policy',
      'AWS::IAM::Role',
      'AWS::Lambda::EventSourceMapping',
      'AWS::Lambda::Function',
      'AWS::Lambda::Permission',
      'AWS::Logs::LogGroup',
      'AWS::SQS::Queue',
      'AWS::SQS::QueuePolicy',
      'AWS::SecretsManager::Secret',
      'AWS::StepFunctions::StateMachine',
      'Custom::DatabaseMigrations',
    ]);
  });

  it.each(['own', 'existing'] as const)('has no password in its template, with its %s database', (kind) => {
    const text = JSON.stringify(new Synthesised(shop(kind, migrations())).template.toJSON());
    expect(text).not.toContain('managed-by-rds');
    expect(text).not.toContain('resolve:secretsmanager');
    expect(text).not.toContain('"MasterUserPassword"');
    expect(text).not.toContain('"SecretString"');
  });

  it('keeps its functions out of networks and pays for no gateway', () => {
    const { template } = new Synthesised(shop('own', migrations()));
    const functions = Object.values(template.findResources('AWS::Lambda::Function'));
    expect(functions.filter(({ Properties }) => 'VpcConfig' in (Properties as object))).toEqual([]);
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.resourceCountIs('AWS::EC2::VPCEndpoint', 0);
  });

  it('keeps the names of what holds data: another name would replace it', () => {
    const { template } = new Synthesised(shop('own', migrations()));
    const held = [
      'AWS::RDS::DBCluster',
      'AWS::DynamoDB::GlobalTable',
      'AWS::SecretsManager::Secret',
      'AWS::SQS::Queue',
    ];
    expect(held.flatMap((type) => Object.keys(template.findResources(type)))).toEqual([
      'CatalogProductsAuroraCluster845C86C9',
      'BrowseViewTableBDF60BBA',
      'SalesInvoicesTable857E7AF7',
      'CatalogProductsRelayUserCBA10BB0',
      'CatalogProductsHistoryUserDE7A8B02',
      'CatalogProductsCommandsUser8DA3DFC0',
      'CatalogProductsViewUser5E7597BA',
      'CatalogProductsOutboxSweep5E58C23C',
      'CatalogPairsDeadLettersF3D9926E',
      'CatalogPairsQueue861D516D',
      'BrowseListingDeadLetters12E1581E',
      'BrowseListingQueue7A8AA2FE',
    ]);
  });
});
