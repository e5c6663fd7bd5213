import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib/core';
import { CommandApi, DomainEvents, DynamoDbStore, Projection, QueryApi, Service, View } from 'cdk-database-patterns';
import type { Construct } from 'constructs';
import { type Databases, database } from './database.js';
import { handler } from './handler.js';

/** What the shop's stack is told. */
export interface StorefrontProps extends StackProps {
  /** Databases that exist already. Default: none, each service creates its own. */
  readonly databases?: Databases;
}

/** A shop of four services, each with a store of its own. */
export class StorefrontStack extends Stack {
  constructor(scope: Construct, id: string, props: StorefrontProps = {}) {
    super(scope, id, props);
    const databases = props.databases ?? {};

    // #region use
    const events = new DomainEvents(this, 'Events');

    const catalog = new Service(this, 'Catalog', { events });
    const products = database(catalog, 'Products', 'catalog', databases);
    const catalogCommands = new CommandApi(catalog, 'Commands', {
      store: products,
      stream: 'product',
      handler: handler(catalog, 'catalog-commands'),
    });

    const browse = new Service(this, 'Browse', { events });
    const listing = new DynamoDbStore(browse, 'Listing', {
      partitionKey: 'productId',
      indexes: [
        { name: 'by-category', partitionKey: 'category', sortKey: 'price' },
        { name: 'by-price', partitionKey: 'priceBand', sortKey: 'price' },
      ],
    });
    new Projection(browse, 'Products', {
      of: catalogCommands.stream,
      into: View.entity(listing),
      handler: handler(browse, 'browse-listing'),
    });
    const browseQueries = new QueryApi(browse, 'Queries', {
      store: listing,
      handler: handler(browse, 'browse-queries'),
    });
    // #endregion
  }
}
