import type { Stack } from 'aws-cdk-lib/core';
import {
  CommandApi,
  CommitOutbox,
  CommitStore,
  DomainEvents,
  PostgresOutbox,
  PostgresStore,
  Service,
  type DomainEventsProps,
  type IPostgresStore,
} from '../../../lib/index.js';
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

export function newShop(props?: DomainEventsProps): Shop {
  const stack = newStack();
  const events = new DomainEvents(stack, 'Events', props);
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

/** The outbox of a command API over PostgreSQL. */
export function postgresOutbox({ outbox }: CommandApi): PostgresOutbox {
  if (!(outbox instanceof PostgresOutbox)) throw new Error(`${outbox.node.path} is not one of PostgreSQL`);
  return outbox;
}

/** A second service of the shop, whose write model is on DynamoDB. */
export function newSales(shop: Shop) {
  const sales = new Service(shop.stack, 'Sales', { events: shop.events });
  const invoices = new CommitStore(sales, 'Invoices');
  const handler = newHandler(sales, 'SalesCommands');
  const commands = new CommandApi(sales, 'Commands', { store: invoices, handler, stream: 'sale' });
  const { outbox } = commands;
  if (!(outbox instanceof CommitOutbox)) throw new Error(`${outbox.node.path} is not one of commits`);
  return { sales, invoices, handler, commands, outbox };
}
