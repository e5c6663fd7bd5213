/** The time-out of the shop's functions, in seconds. */
export const TIMEOUT = 29;

export const BUS = 'events';
export const COMMIT_TABLE = 'invoices';

/** The views' tables as their constructs make them. */
export const LISTING = {
  table: 'listing',
  partitionKey: 'productId',
  indexes: [
    { name: 'by-category', partitionKey: 'category', sortKey: 'price' },
    { name: 'by-price', partitionKey: 'priceBand', sortKey: 'price' },
  ],
};
export const BANDS = { table: 'bands', partitionKey: 'band', indexes: [] };
export const TOTALS = { table: 'totals', partitionKey: 'day', sortKey: 'country', indexes: [] };

export const LETTERS = { table: 'letters', partitionKey: 'stream', indexes: [] };
/** The view's table in PostgreSQL. */
export const BASKETS = 'bought_together';

/** What follows which stream, and how. */
export const SUBSCRIBER = {
  'browse-listing': { stream: 'product', kind: 'entity', sql: false },
  'insights-bands': { stream: 'product', kind: 'aggregate', sql: false },
  'shop-letters': { stream: 'product', kind: 'reaction', sql: false },
  'insights-totals': { stream: 'sale', kind: 'aggregate', sql: false },
  'insights-baskets': { stream: 'sale', kind: 'aggregate', sql: true },
} as const;
export type Subscriber = keyof typeof SUBSCRIBER;
export const SUBSCRIBERS = Object.keys(SUBSCRIBER) as Subscriber[];

/** Queues by what they feed. */
export const URLS = {
  sweeps: 'https://sqs/sweeps',
  'browse-listing': 'https://sqs/browse-listing',
  'insights-totals': 'https://sqs/insights-totals',
  'insights-bands': 'https://sqs/insights-bands',
  'insights-baskets': 'https://sqs/insights-baskets',
  'shop-letters': 'https://sqs/shop-letters',
};
