import { App, Stack } from 'aws-cdk-lib/core';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { CommandApi, CommitStore, DomainEvents, DynamoDbStore, Projection, Service, View } from '../../../lib/index.js';
import { findingsOf, newHandler, newStack, rendered, Synthesised, temporaryFolder } from '../support/synthesis.js';

/** The app that owns the bus, with a catalog on it. */
function newPublisher(busName: string | undefined = 'company') {
  const stack = newStack();
  const events = new DomainEvents(stack, 'Events', { busName });
  const catalog = new Service(stack, 'Catalog', { events });
  const store = new CommitStore(catalog, 'Products');
  const commands = new CommandApi(catalog, 'Commands', { store, handler: newHandler(catalog), stream: 'product' });
  const quote = catalog.operation('Quote', newHandler(catalog, 'Quote'));
  return { stack, events, catalog, store, commands, quote };
}

/** Another app, with a service that follows the catalog. */
function newSubscriber() {
  const stack = new Stack(new App({ outdir: temporaryFolder() }), 'Other');
  const events = DomainEvents.fromBusName(stack, 'Events', 'company');
  const catalog = Service.fromName(stack, 'Catalog', { serviceName: 'catalog', events });
  const browse = new Service(stack, 'Browse', { events });
  const view = new DynamoDbStore(browse, 'View', { partitionKey: 'productId' });
  const handler = newHandler(browse);
  const projection = new Projection(browse, 'Listing', {
    of: catalog.stream('product'),
    into: View.entity(view),
    handler,
  });
  return { stack, events, catalog, browse, view, handler, projection };
}

/** The name of the parameter of Parameter Store that a variable of the template takes its value from. */
function parameterBehind(template: Synthesised['template'], reference: string): unknown {
  const parameters = template.toJSON().Parameters as Record<string, { Type: string; Default: string }>;
  const { Type, Default } = parameters[reference.replace(/[<>]/g, '')] ?? {};
  expect(Type).toBe('AWS::SSM::Parameter::Value<String>');
  return Default;
}

describe('a service on a bus that has a name', () => {
  it('writes down where its streams, operations and APIs are', () => {
    const { stack, commands, quote } = newPublisher();
    const api = commands.api.node.findChild('DeploymentStage.prod');
    const synthesised = new Synthesised(stack);
    const written = Object.values(synthesised.template.findResources('AWS::SSM::Parameter')) as {
      Properties: { Name: string; Value: unknown };
    }[];
    expect(Object.fromEntries(written.map(({ Properties }) => [Properties.Name, rendered(Properties.Value)]))).toEqual({
      '/cdk-database-patterns/company/catalog/streams/product': `<${synthesised.idOf(commands.outbox.history)}.Arn>`,
      '/cdk-database-patterns/company/catalog/operations/Quote': `<${synthesised.idOf(quote.alias)}>`,
      '/cdk-database-patterns/company/catalog/commands/product': `<${synthesised.idOf(commands.api)}>/<${synthesised.idOf(api)}>`,
    });
  });

  it('lets nobody into its tables who does not have its tag, whatever his own policies say', () => {
    const { stack } = newPublisher();
    const { template } = new Synthesised(stack);
    template.allResourcesProperties('AWS::DynamoDB::GlobalTable', {
      Replicas: [
        Match.objectLike({
          ResourcePolicy: {
            PolicyDocument: {
              Statement: [
                {
                  Sid: 'OnlyTheOwner',
                  Effect: 'Deny',
                  Principal: { AWS: '*' },
                  Action: Match.arrayWith([
                    'dynamodb:GetItem',
                    'dynamodb:Query',
                    'dynamodb:PartiQLInsert',
                    'dynamodb:ExportTableToPointInTime',
                  ]),
                  Resource: '*',
                  Condition: {
                    StringNotEquals: { 'aws:PrincipalTag/cdk-database-patterns:service': 'catalog' },
                    Bool: { 'aws:PrincipalIsAWSService': 'false' },
                  },
                },
              ],
              Version: '2012-10-17',
            },
          },
        }),
      ],
    });
  });

  it('leaves what is no data to whoever operates the account', () => {
    const { stack } = newPublisher();
    const table = JSON.stringify(new Synthesised(stack).only('AWS::DynamoDB::GlobalTable').Properties);
    expect(table).not.toMatch(/dynamodb:(\*|Describe|UpdateTable|DeleteTable|CreateBackup)/);
  });

  it('lets nobody into its queues who does not have its tag, but EventBridge', () => {
    const { stack, projection } = newSubscriber();
    const synthesised = new Synthesised(stack);
    for (const queue of [projection.queue, projection.deadLetterQueue]) {
      synthesised.template.hasResourceProperties('AWS::SQS::QueuePolicy', {
        Queues: [{ Ref: synthesised.idOf(queue) }],
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({
              Effect: 'Deny',
              Action: Match.arrayWith(['sqs:SendMessage', 'sqs:ReceiveMessage', 'sqs:DeleteMessage']),
              Resource: { 'Fn::GetAtt': [synthesised.idOf(queue), 'Arn'] },
              Condition: {
                StringNotEquals: { 'aws:PrincipalTag/cdk-database-patterns:service': 'browse' },
                Bool: { 'aws:PrincipalIsAWSService': 'false' },
              },
            }),
          ]),
        },
      });
    }
  });

  it('has its tag on every role below it, and on no other', () => {
    const { stack } = newPublisher();
    newHandler(stack, 'Somebody');
    const { template } = new Synthesised(stack);
    const roles = Object.entries(template.findResources('AWS::IAM::Role')) as [
      string,
      { Properties: { Tags?: unknown } },
    ][];
    const tag = [{ Key: 'cdk-database-patterns:service', Value: 'catalog' }];
    for (const [id, { Properties }] of roles) {
      expect(Properties.Tags, id).toEqual(id.startsWith('Catalog') ? tag : undefined);
    }
    expect(roles.some(([id]) => !id.startsWith('Catalog'))).toBe(true);
  });

  it('cannot publish as another one', () => {
    const { stack } = newPublisher();
    expect(new Synthesised(stack).only('AWS::Events::EventBus').Properties).toMatchObject({
      Name: 'company',
      Policy: {
        Statement: [
          {
            Effect: 'Deny',
            Principal: '*',
            Action: 'events:PutEvents',
            Condition: {
              'ForAnyValue:StringNotEquals': {
                'events:source': "${aws:PrincipalTag/cdk-database-patterns:service, 'nobody'}",
              },
            },
          },
        ],
      },
    });
  });
});

describe('a service on a bus without a name', () => {
  it('writes nothing down, and needs no policies: the boundary is checked in its app', () => {
    const stack = newStack();
    const events = new DomainEvents(stack, 'Events');
    const catalog = new Service(stack, 'Catalog', { events });
    const store = new CommitStore(catalog, 'Products');
    new CommandApi(catalog, 'Commands', { store, handler: newHandler(catalog), stream: 'product' });
    catalog.operation('Quote', newHandler(catalog, 'Quote'));
    const { template } = new Synthesised(stack);
    template.resourceCountIs('AWS::SSM::Parameter', 0);
    const text = JSON.stringify(template.toJSON());
    for (const absent of ['PrincipalTag', 'OnlyTheOwner', 'cdk-database-patterns:service']) {
      expect(text).not.toContain(absent);
    }
  });
});

describe('a service of another app', () => {
  it('is followed by its name: its bus, its stream and its history', () => {
    const { stack, handler, projection } = newSubscriber();
    const synthesised = new Synthesised(stack);
    synthesised.template.resourceCountIs('AWS::Events::EventBus', 0);
    synthesised.template.hasResourceProperties('AWS::Events::Rule', {
      EventBusName: 'company',
      EventPattern: { source: ['catalog'], 'detail-type': ['product'] },
    });
    const { history, service } = synthesised.variable(handler, 'DBPATTERNS_PROJECTION') as Record<string, string>;
    expect(service).toBe('catalog');
    expect(parameterBehind(synthesised.template, history!)).toBe(
      '/cdk-database-patterns/company/catalog/streams/product',
    );
    expect(synthesised.allowed(handler)).toContain(`lambda:InvokeFunction ${history!}`);
    expect(projection.projectionName).toBe('browse/Listing');
  });

  it('has operations, which are given like those of this app', () => {
    const { stack, catalog, browse } = newSubscriber();
    const fn = newHandler(browse, 'Asking');
    catalog.operation('Quote').wire(fn);
    catalog.operation('Quote').wire(fn);
    const synthesised = new Synthesised(stack);
    const variable = synthesised.variable(fn, 'DBPATTERNS_OPERATION_CATALOG__QUOTE') as { function: string };
    expect(variable).toMatchObject({ service: 'catalog', name: 'Quote' });
    expect(parameterBehind(synthesised.template, variable.function)).toBe(
      '/cdk-database-patterns/company/catalog/operations/Quote',
    );
    expect(synthesised.allowed(fn)).toEqual([`lambda:InvokeFunction ${variable.function}`]);
  });

  it('has APIs, which are given like those of this app', () => {
    const { stack, catalog, browse } = newSubscriber();
    const fn = newHandler(browse, 'Calling');
    catalog.commands('product').wire(fn);
    catalog.queries('Queries').wire(fn);
    catalog.queries('Queries').wire(fn);
    const synthesised = new Synthesised(stack);
    const parameters = Object.entries(synthesised.template.toJSON().Parameters as Record<string, { Default: string }>);
    const [[commands = ''] = [], [queries = ''] = []] = ['commands/product', 'queries/Queries'].map((what) =>
      parameters.find(([, { Default }]) => Default === `/cdk-database-patterns/company/catalog/${what}`),
    );
    const arn = 'arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>';
    expect(synthesised.allowed(fn)).toEqual([
      `execute-api:Invoke ${arn}:<${commands}>/POST/product/*/*`,
      `execute-api:Invoke ${arn}:<${queries}>/GET/*`,
    ]);
    const { Environment } = synthesised.propertiesOf(fn) as { Environment: { Variables: Record<string, unknown> } };
    expect(rendered(Environment.Variables['DBPATTERNS_QUERIES_CATALOG__QUERIES'])).toMatch(
      /^{"url":"https:\/\/.*execute-api/,
    );
    expect(Environment.Variables).toHaveProperty('DBPATTERNS_COMMANDS_CATALOG__PRODUCT');
  });

  it('is met only on a bus that has a name', () => {
    const stack = newStack();
    const events = new DomainEvents(stack, 'Events');
    Service.fromName(stack, 'Catalog', { serviceName: 'catalog', events });
    expect(findingsOf(stack)).toContain(
      '[Shop/Catalog] the bus Shop/Events has no name, so that nobody can be met on it; allowed: DomainEvents.fromBusName',
    );
  });

  it('is none of this app', () => {
    const { stack, events } = newPublisher();
    Service.fromName(stack, 'Again', { serviceName: 'catalog', events });
    expect(findingsOf(stack)).toContain(
      '[Shop/Again] the service "catalog" is Shop/Catalog of this app; use it itself',
    );
  });

  it('says what is wrong with names, all at once', () => {
    const stack = newStack();
    const events = DomainEvents.fromBusName(stack, 'Events', 'default');
    const catalog = Service.fromName(stack, 'Catalog', { serviceName: 'Catalog', events });
    catalog.stream('a/b');
    catalog.operation('a-b');
    const findings = findingsOf(stack);
    expect(findings).toContain('[Shop/Events] busName is "default"; allowed:');
    expect(findings).toContain('the service name is "Catalog"; allowed:');
    expect(findings).toContain('the stream is "a/b"; allowed:');
    expect(findings).toContain('the operation\'s name is "a-b"; allowed:');
  });
});

describe('domain events', () => {
  it('have one bus, made or given', () => {
    const stack = newStack();
    const { eventBus } = new DomainEvents(stack, 'Given');
    new DomainEvents(stack, 'Events', { eventBus, busName: 'company' });
    expect(findingsOf(stack)).toContain('[Shop/Events] eventBus and busName are given');
  });
});
