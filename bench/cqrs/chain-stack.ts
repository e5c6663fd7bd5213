import { CfnOutput, Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib/core';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import {
  CommandApi,
  CommitStore,
  DomainEvents,
  DynamoDbStore,
  PostgresStore,
  Projection,
  Service,
  View,
  type IWriteModel,
} from 'cdk-database-patterns';
import type { Construct } from 'constructs';
import type { LocalCloud } from '../../local/index.js';
import { root } from '../../scripts/support/paths.js';
import { bundled } from '../support/bundle.js';
import { deployed } from '../support/cloud.js';

/** What is deployed: the kit's chain over each of its write models, and the bare one. */
export interface Chains {
  readonly postgres: KitChain & {
    /** The URL of its database, past the Data API. */
    readonly database: string;
  };
  readonly dynamodb: KitChain;
  readonly bare: { readonly bus: string; readonly table: string };
}

/** Commands, and the view that they end in. */
export interface KitChain {
  readonly url: string;
  readonly bus: string;
  readonly table: string;
  /** The function of its projection, and the state machine that rebuilds its view. */
  readonly listing: string;
  readonly rebuild: string;
}

let chains: Promise<Chains> | undefined;

/** Deploys the chains, once for all measurements of a run. */
export function deployedChains(cloud: LocalCloud): Promise<Chains> {
  return (chains ??= deployChains(cloud));
}

async function deployChains(cloud: LocalCloud): Promise<Chains> {
  const { clusterArn, secretArn, database, url } = await cloud.createDatabase('bench_chain');
  const assets = new Map<string, string>();
  for (const name of ['kit-commands', 'kit-commit-commands', 'kit-listing', 'bare-listing']) {
    assets.set(name, await bundled(`bench/cqrs/handlers/${name}.ts`));
  }
  const outputs = await deployed(cloud, 'BenchChain', (stack) => {
    const made = { stack, assets };
    bareChain(made);
    kitChain(made, 'Postgres', 'kit-commands', (service) =>
      PostgresStore.fromDataApi(service, 'Products', {
        clusterArn,
        secretArn,
        databaseName: database,
        migrations: `${root}/bench/cqrs/sql`,
      }),
    );
    kitChain(
      made,
      'DynamoDb',
      'kit-commit-commands',
      (service) => new CommitStore(service, 'Products', { development: true }),
    );
  });
  const output = (name: string): string => outputs[name] ?? '';
  const kit = (name: string): KitChain => ({
    url: cloud.httpUrl(output(`${name}Url`)),
    bus: output(`${name}Bus`),
    table: output(`${name}Table`),
    listing: output(`${name}ListingName`),
    rebuild: output(`${name}Rebuild`),
  });
  return {
    postgres: { ...kit('Postgres'), database: url },
    dynamodb: kit('DynamoDb'),
    bare: { bus: output('BareBus'), table: output('BareTable') },
  };
}

interface Made {
  readonly stack: Stack;
  readonly assets: ReadonlyMap<string, string>;
}

function kitChain(made: Made, name: string, commands: string, storeOf: (service: Service) => IWriteModel): void {
  const { stack } = made;
  const bus = new DomainEvents(stack, `${name}Events`);
  const service = new Service(stack, `${name}Catalog`, { events: bus, serviceName: 'catalog' });
  const api = new CommandApi(service, 'Commands', {
    store: storeOf(service),
    handler: fn(made, service, `${name}Handler`, commands),
    stream: 'product',
  });
  const browse = new Service(stack, `${name}Browse`, { events: bus, serviceName: 'browse' });
  const view = new DynamoDbStore(browse, 'Listing', { partitionKey: 'id', development: true });
  const listing = fn(made, browse, `${name}Listing`, 'kit-listing');
  const { rebuild } = new Projection(browse, 'Products', {
    of: api.stream,
    into: View.entity(view),
    handler: listing,
  });
  new CfnOutput(stack, `${name}ListingName`, { value: listing.functionName });
  new CfnOutput(stack, `${name}Rebuild`, { value: rebuild?.stateMachineArn ?? '' });
  new CfnOutput(stack, `${name}Url`, { value: api.url });
  new CfnOutput(stack, `${name}Bus`, { value: bus.eventBus.eventBusName });
  new CfnOutput(stack, `${name}Table`, { value: view.table.tableName });
}

/** The same between bus and table with what the CDK has, set as the kit sets it. */
function bareChain(made: Made): void {
  const { stack } = made;
  const bus = new events.EventBus(stack, 'Bare');
  const queue = new sqs.Queue(stack, 'BareQueue', { visibilityTimeout: Duration.seconds(180) });
  new events.Rule(stack, 'BareRule', {
    eventBus: bus,
    eventPattern: { source: ['catalog'], detailType: ['product'] },
    targets: [new SqsQueue(queue)],
  });
  const table = new dynamodb.TableV2(stack, 'BareView', {
    partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const handler = fn(made, stack, 'BareListing', 'bare-listing', { TABLE: table.tableName });
  handler.addEventSource(
    new SqsEventSource(queue, { batchSize: 10, maxConcurrency: 5, reportBatchItemFailures: true }),
  );
  table.grantReadWriteData(handler);
  new CfnOutput(stack, 'BareBus', { value: bus.eventBusName });
  new CfnOutput(stack, 'BareTable', { value: table.tableName });
}

function fn(
  { assets }: Made,
  scope: Construct,
  id: string,
  asset: string,
  environment?: Record<string, string>,
): lambda.Function {
  return new lambda.Function(scope, id, {
    runtime: lambda.Runtime.NODEJS_22_X,
    architecture: lambda.Architecture.ARM_64,
    handler: 'index.handler',
    code: lambda.Code.fromAsset(assets.get(asset) ?? ''),
    memorySize: 512,
    timeout: Duration.seconds(29),
    ...(environment === undefined ? {} : { environment }),
  });
}
