import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib/core';
import {
  CommandApi,
  CommitStore,
  DomainEvents,
  DynamoDbStore,
  Projection,
  QueryApi,
  Service,
  StoreAccess,
  View,
} from 'cdk-database-patterns';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.js';
import { type Databases, database } from './database.js';
import { handler } from './handler.js';

/** What the shop's stack is told. */
export interface StorefrontProps extends StackProps {
  /** Databases that exist already, by service. Default: none, each service creates its own. */
  readonly databases?: Databases;
  /** Whether the data goes with the stack. Default: false. */
  readonly development?: boolean;
}

/** A shop of four services, each with a store of its own. */
export class StorefrontStack extends Stack {
  constructor(scope: Construct, id: string, props: StorefrontProps = {}) {
    super(scope, id, props);
    const { databases = {}, development = false } = props;
    const price = { sortKey: 'price', sortKeyType: AttributeType.NUMBER };

    // #region use
    const events = new DomainEvents(this, 'Events');

    const catalog = new Service(this, 'Catalog', { events });
    const products = database(catalog, 'Products', { name: 'catalog', databases, development });
    const catalogApi = new CommandApi(catalog, 'Commands', {
      store: products,
      handler: handler(catalog, 'catalog-commands'),
      stream: 'product',
    });

    const browse = new Service(this, 'Browse', { events });
    const listing = new DynamoDbStore(browse, 'Listing', {
      partitionKey: 'productId',
      indexes: [
        { name: 'by-category', partitionKey: 'category', ...price },
        { name: 'by-price', partitionKey: 'priceBand', ...price },
      ],
      development,
    });
    const listed = new Projection(browse, 'Products', {
      of: catalogApi.stream,
      into: View.entity(listing),
      handler: handler(browse, 'browse-listing'),
    });
    const shop = new QueryApi(browse, 'Queries', { store: listing, handler: handler(browse, 'browse-queries') });
    // #endregion
    const sales = new Service(this, 'Sales', { events });
    const invoices = new CommitStore(sales, 'Invoices', { development });
    const salesApi = new CommandApi(sales, 'Commands', {
      store: invoices,
      handler: handler(sales, 'sales-commands'),
      stream: 'sale',
    });

    const insights = new Service(this, 'Insights', { events });
    const totals = new DynamoDbStore(insights, 'Totals', { partitionKey: 'day', sortKey: 'country', development });
    const counted = new Projection(insights, 'Sales', {
      of: salesApi.stream,
      into: View.aggregate(totals),
      handler: handler(insights, 'insights-totals'),
    });
    const figures = new QueryApi(insights, 'Queries', {
      store: totals,
      handler: handler(insights, 'insights-queries'),
    });
    const baskets = database(insights, 'Baskets', { name: 'insights', databases, development });
    const paired = new Projection(insights, 'BoughtTogether', {
      of: salesApi.stream,
      into: View.aggregateTable(baskets, 'bought_together'),
      handler: handler(insights, 'insights-bought-together'),
    });
    const basketQueries = handler(insights, 'insights-basket-queries');
    const basketFigures = new QueryApi(insights, 'BasketQueries', { store: baskets, handler: basketQueries });

    // #region offer
    const quoteHandler = handler(catalog, 'catalog-quote');
    products.wire(quoteHandler, StoreAccess.READ);
    const quote = catalog.operation('Quote', quoteHandler);
    quote.wire(basketQueries);
    // #endregion

    const outputs = {
      CatalogUrl: catalogApi.url,
      SalesUrl: salesApi.url,
      BrowseUrl: shop.url,
      InsightsUrl: figures.url,
      BasketsUrl: basketFigures.url,
      InvoicesTable: invoices.table.tableName,
      ListingTable: listing.table.tableName,
      TotalsTable: totals.table.tableName,
      ListingDeadLetters: listed.deadLetterQueue.queueUrl,
      TotalsDeadLetters: counted.deadLetterQueue.queueUrl,
      BasketsDeadLetters: paired.deadLetterQueue.queueUrl,
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
    acknowledge(this, {
      databases: [products, baskets],
      apis: [catalogApi, shop, salesApi, figures, basketFigures],
      projections: [listed, counted, paired],
    });
  }
}
