import type { Stack } from 'aws-cdk-lib/core';
import { CommandApi, DomainEvents, PostgresStore, Service, type IPostgresStore } from '../../../lib/index.js';
import { newHandler, newStack } from './synthesis.js';

export const CLUSTER_ARN = 'arn:aws:rds:eu-west-1:123456789012:cluster:shop';
export const SECRET_ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop-AbCdEf';

/** A service with a database that exists already, as on a laptop. */
export interface Shop {
  readonly stack: Stack;
  readonly events: DomainEvents;
  readonly catalog: Service;
  readonly products: IPostgresStore;
}

export function newShop(): Shop {
  const stack = newStack();
  const events = new DomainEvents(stack, 'Events');
  const catalog = new Service(stack, 'Catalog', { events });
  const products = PostgresStore.fromDataApi(catalog, 'Products', {
    clusterArn: CLUSTER_ARN,
    secretArn: SECRET_ARN,
    databaseName: 'catalog',
  });
  return { stack, events, catalog, products };
}

/** The shop with commands to its products. */
export function newCommands(shop: Shop): CommandApi {
  const handler = newHandler(shop.catalog, 'CatalogCommands');
  return new CommandApi(shop.catalog, 'Commands', { store: shop.products, handler, stream: 'product' });
}
