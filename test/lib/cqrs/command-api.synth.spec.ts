import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Duration } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import { CommandApi, PostgresStore, Service, type CommandApiProps } from '../../../lib/index.js';
import { CLUSTER_ARN, newShop, postgresOutbox, SECRET_ARN } from '../support/shop.js';
import { findingsOf, newHandler, rendered, Synthesised } from '../support/synthesis.js';

function synthesise(props: Partial<CommandApiProps> = {}, timeout?: Duration) {
  const shop = newShop();
  const handler = newHandler(shop.catalog, 'CatalogCommands', timeout);
  const commands = new CommandApi(shop.catalog, 'Commands', {
    store: shop.products,
    handler,
    stream: 'product',
    ...props,
  });
  return { ...shop, handler, commands };
}

describe('a command API', () => {
  it('takes POST /{stream}/{id}/{command} from callers with IAM credentials', () => {
    const { stack } = synthesise();
    const { template } = new Synthesised(stack);
    const parts = Object.values(template.findResources('AWS::ApiGateway::Resource')).map(
      ({ Properties }) => (Properties as { PathPart: string }).PathPart,
    );
    expect(parts).toEqual(['product', '{id}', '{command}']);
    template.resourcePropertiesCountIs(
      'AWS::ApiGateway::Method',
      { HttpMethod: 'POST', AuthorizationType: 'AWS_IAM' },
      1,
    );
    template.resourceCountIs('AWS::ApiGateway::Method', 1);
  });

  it('is regional, throttled, and leaves the logs of the account alone', () => {
    const { stack } = synthesise();
    const { template } = new Synthesised(stack);
    template.hasResourceProperties('AWS::ApiGateway::RestApi', { EndpointConfiguration: { Types: ['REGIONAL'] } });
    template.hasResourceProperties('AWS::ApiGateway::Stage', {
      MethodSettings: [{ ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 1000 }],
    });
    template.resourceCountIs('AWS::ApiGateway::Account', 0);
  });

  it('takes as many requests as it is told', () => {
    const { stack } = synthesise({ throttle: { rateLimit: 5, burstLimit: 10 } });
    new Synthesised(stack).template.hasResourceProperties('AWS::ApiGateway::Stage', {
      MethodSettings: [{ ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 }],
    });
  });

  it('tells its handler what it needs to know', () => {
    const { stack, handler, commands, events } = synthesise({}, Duration.seconds(20));
    const synthesised = new Synthesised(stack);
    expect(synthesised.variable(handler, 'DBPATTERNS_COMMANDS')).toEqual({
      service: 'catalog',
      stream: 'product',
      bus: `<${synthesised.idOf(events.eventBus)}>`,
      sweepQueue: `<${synthesised.idOf(postgresOutbox(commands).sweepQueue)}>`,
      functionTimeout: 20,
      entryLimit: 262_144,
      bodyLimit: 262_144,
      retentionDays: 7,
      tokenValidity: 86_400,
      store: 'PRODUCTS',
    });
    expect(synthesised.variable(handler, 'DBPATTERNS_STORE_PRODUCTS')).toMatchObject({ database: 'catalog' });
  });

  it('tells its handler of other terms', () => {
    const { stack, handler } = synthesise({ retention: Duration.days(30), tokenValidity: Duration.hours(1) });
    expect(new Synthesised(stack).variable(handler, 'DBPATTERNS_COMMANDS')).toMatchObject({
      functionTimeout: 3,
      retentionDays: 30,
      tokenValidity: 3600,
    });
  });

  it('lets its handler and its relay publish as their own service only', () => {
    const { stack } = synthesise();
    const policies = new Synthesised(stack).template.findResources('AWS::IAM::Policy');
    const statements = Object.values(policies).flatMap(
      ({ Properties }) => (Properties as { PolicyDocument: { Statement: object[] } }).PolicyDocument.Statement,
    );
    const publishing = statements.filter((statement) => JSON.stringify(statement).includes('events:PutEvents'));
    const own = { Condition: { 'ForAllValues:StringEquals': { 'events:source': 'catalog' } } };
    expect(publishing).toEqual([expect.objectContaining(own), expect.objectContaining(own)]);
  });

  it('lets its handler write, publish and order a sweep, and nothing else', () => {
    const { stack, handler, commands, events } = synthesise();
    const synthesised = new Synthesised(stack);
    const queue = `<${synthesised.idOf(postgresOutbox(commands).sweepQueue)}.Arn>`;
    const secret = Object.entries(synthesised.template.findResources('AWS::SecretsManager::Secret')).find(([, value]) =>
      JSON.stringify(value).includes('catalog_commands'),
    )?.[0];
    expect(synthesised.allowed(handler)).toEqual([
      `events:PutEvents <${synthesised.idOf(events.eventBus)}.Arn>`,
      `rds-data:BeginTransaction ${CLUSTER_ARN}`,
      `rds-data:CommitTransaction ${CLUSTER_ARN}`,
      `rds-data:ExecuteStatement ${CLUSTER_ARN}`,
      `rds-data:RollbackTransaction ${CLUSTER_ARN}`,
      `secretsmanager:GetSecretValue <${secret ?? ''}>`,
      `sqs:GetQueueAttributes ${queue}`,
      `sqs:GetQueueUrl ${queue}`,
      `sqs:SendMessage ${queue}`,
    ]);
  });

  it('publishes its stream under the name of its service', () => {
    const { commands, catalog } = synthesise();
    expect(commands.stream.streamName).toBe('product');
    expect(commands.stream.service).toBe(catalog);
    expect(commands.stream.history).toBe(commands.outbox.history);
  });

  it('joins an API that exists and keeps to its authorisation', () => {
    const shop = newShop();
    const api = new apigateway.RestApi(shop.stack, 'Shared', {
      defaultMethodOptions: { authorizationType: apigateway.AuthorizationType.NONE },
    });
    const handler = newHandler(shop.catalog);
    const commands = new CommandApi(shop.catalog, 'Commands', {
      store: shop.products,
      handler,
      stream: 'product',
      api,
    });
    const { template } = new Synthesised(shop.stack);
    template.resourceCountIs('AWS::ApiGateway::RestApi', 1);
    template.hasResourceProperties('AWS::ApiGateway::Method', { HttpMethod: 'POST', AuthorizationType: 'NONE' });
    expect(shop.stack.resolve(commands.url)).toEqual(shop.stack.resolve(api.url));
  });

  it('asks for IAM credentials in an API that exists and says nothing', () => {
    const shop = newShop();
    const api = new apigateway.RestApi(shop.stack, 'Shared');
    new CommandApi(shop.catalog, 'Commands', {
      store: shop.products,
      handler: newHandler(shop.catalog),
      stream: 'product',
      api,
    });
    new Synthesised(shop.stack).template.hasResourceProperties('AWS::ApiGateway::Method', {
      AuthorizationType: 'AWS_IAM',
    });
  });

  it('lets a principal send commands to its stream and no other', () => {
    const { stack, commands } = synthesise();
    const clerk = new iam.User(stack, 'Clerk');
    commands.grantSend(clerk);
    const policies = new Synthesised(stack).template.findResources('AWS::IAM::Policy', {
      Properties: { Users: [{ Ref: stack.getLogicalId(clerk.node.defaultChild as iam.CfnUser) }] },
    });
    const [policy] = Object.values(policies);
    const { Statement } = (policy?.['Properties'] as { PolicyDocument: { Statement: Record<string, unknown>[] } })
      .PolicyDocument;
    expect(Statement).toHaveLength(1);
    expect(Statement[0]?.['Action']).toBe('execute-api:Invoke');
    expect(rendered(Statement[0]?.['Resource'])).toMatch(/\/POST\/product\/\*\/\*$/);
  });

  it('warns of a handler that API Gateway does not wait for', () => {
    const { stack } = synthesise({}, Duration.seconds(60));
    expect(new Synthesised(stack).warnings().join()).toContain(
      '/Shop/Catalog/Commands: the handler Shop/Catalog/CatalogCommands may take 60 s, and API Gateway gives up after 29 s',
    );
  });

  it('refuses a handler that outlives the delay of its sweep', () => {
    const { stack } = synthesise({}, Duration.seconds(601));
    expect(findingsOf(stack)).toContain("[Shop/Catalog/Commands] the handler's timeout is 601 s; allowed: 600 s");
  });

  it('takes a handler that just fits', () => {
    const { stack } = synthesise({}, Duration.seconds(600));
    expect(findingsOf(stack)).toBe('');
  });

  it('says all that is wrong with its settings at once', () => {
    const { stack } = synthesise({
      stream: 'my product',
      retention: Duration.hours(36),
      tokenValidity: Duration.days(400),
    });
    const findings = findingsOf(stack);
    expect(findings).toContain('[Shop/Catalog/Commands] the stream is "my product"; allowed: 1 to 64 letters');
    expect(findings).toContain('[Shop/Catalog/Commands] retention is 1.5 days; allowed: whole days');
    expect(findings).toContain('[Shop/Catalog/Commands] tokenValidity in seconds is 34560000; allowed: 1 to 2592000');
  });

  it.each([
    [{ historyRetention: Duration.days(7) }, 'historyRetention in days is 7; allowed: 8 to 36500'],
    [{ historyRetention: Duration.hours(200) }, 'days; allowed: whole days'],
    [
      { historyRetention: Duration.days(30), retention: Duration.days(30) },
      'historyRetention is 30 days and retention 30; allowed: a longer historyRetention',
    ],
  ])('refuses to forget history that is still needed: %o', (props, finding) => {
    const { stack } = synthesise(props);
    expect(findingsOf(stack)).toContain(finding);
  });

  it('is the only one for its stream', () => {
    const { stack, catalog, products } = synthesise();
    new CommandApi(catalog, 'More', { store: products, handler: newHandler(catalog), stream: 'product' });
    expect(findingsOf(stack)).toContain(
      '[Shop/Catalog/More] the stream "product" is published by Shop/Catalog/Commands already',
    );
  });

  it('has a handler of its own', () => {
    const { stack, catalog, products, handler } = synthesise();
    new CommandApi(catalog, 'More', { store: products, handler, stream: 'category' });
    expect(findingsOf(stack)).toContain(
      'serves the command API (Shop/Catalog/Commands) and cannot serve the command API (Shop/Catalog/More) too',
    );
  });

  it('belongs to the service that owns its store', () => {
    const { stack, events, products } = synthesise();
    const sales = new Service(stack, 'Sales', { events });
    new CommandApi(sales, 'Commands', { store: products, handler: newHandler(sales), stream: 'sale' });
    expect(findingsOf(stack)).toContain(
      '[Shop/Sales/Handler] of the service "sales" (Shop/Sales) reaches the database Shop/Catalog/Products',
    );
  });

  it('asks for a service above it', () => {
    const { stack, products } = synthesise();
    const handler = newHandler(stack);
    expect(() => new CommandApi(stack, 'Commands', { store: products, handler, stream: 'sale' })).toThrow(
      'Shop/Commands has no service above it',
    );
  });

  it('asks for a service above its store', () => {
    const { stack, catalog } = newShop();
    const existing = { clusterArn: CLUSTER_ARN, secretArn: SECRET_ARN, databaseName: 'catalog' };
    const store = PostgresStore.fromDataApi(stack, 'Stray', existing);
    const handler = newHandler(stack);
    expect(() => new CommandApi(catalog, 'Commands', { store, handler, stream: 'sale' })).toThrow(
      'Shop/Stray has no service above it',
    );
  });
});
