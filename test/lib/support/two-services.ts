import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { App, Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { DomainEvents, DynamoDbStore, Service } from '../../../lib/index.js';
import { newHandler, temporaryFolder } from './synthesis.js';

/** Two services, of which one owns a table; what stands beside them belongs to nobody. */
export interface TwoServices {
  readonly app: App;
  readonly stack: Stack;
  readonly events: DomainEvents;
  readonly owner: Service;
  readonly other: Service;
  readonly store: DynamoDbStore;
  /** A function below some construct. */
  readonly fn: (scope: Construct, id?: string) => lambda.Function;
  /** A table without the kit. */
  readonly table: (scope: Construct, id: string, props?: Partial<dynamodb.TableProps>) => dynamodb.Table;
}

export function twoServices(props: StackProps & { readonly context?: Record<string, unknown> } = {}): TwoServices {
  const { context, ...ofStack } = props;
  const app = new App({ outdir: temporaryFolder(), context });
  const stack = new Stack(app, 'Shop', ofStack);
  const events = new DomainEvents(stack, 'Events');
  const owner = new Service(stack, 'Catalog', { events });
  const other = new Service(stack, 'Browse', { events });
  const store = new DynamoDbStore(owner, 'Products', { partitionKey: 'id' });
  return {
    app,
    stack,
    events,
    owner,
    other,
    store,
    fn: (scope, id = 'Reader') => newHandler(scope, id),
    table: (scope, id, given) =>
      new dynamodb.Table(scope, id, { partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING }, ...given }),
  };
}

/** What the synthesis of the app complains of, a message each. */
export function complaints({ app }: { readonly app: App }): string[] {
  try {
    app.synth();
    return [];
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return text.split('\n').filter((line) => line.includes('['));
  }
}
