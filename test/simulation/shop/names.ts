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
/** The views' tables in PostgreSQL. */
export const BASKETS = 'bought_together';
export const BAND_ROWS = 'price_bands';

/** What follows which stream, and how; with the table of what is kept in PostgreSQL. */
export const SUBSCRIBER = {
  'browse-listing': { stream: 'product', kind: 'entity', rows: undefined },
  'insights-bands': { stream: 'product', kind: 'aggregate', rows: undefined },
  'insights-band-rows': { stream: 'product', kind: 'aggregate', rows: BAND_ROWS },
  'shop-letters': { stream: 'product', kind: 'reaction', rows: undefined },
  'insights-totals': { stream: 'sale', kind: 'aggregate', rows: undefined },
  'insights-baskets': { stream: 'sale', kind: 'aggregate', rows: BASKETS },
} as const;
export type Subscriber = keyof typeof SUBSCRIBER;
export const SUBSCRIBERS = Object.keys(SUBSCRIBER) as Subscriber[];
/** Those that are kept in DynamoDB. */
export type InItems = { [S in Subscriber]: (typeof SUBSCRIBER)[S]['rows'] extends string ? never : S }[Subscriber];

/** Queues by what they feed. */
export const URLS = {
  sweeps: 'https://sqs/sweeps',
  'browse-listing': 'https://sqs/browse-listing',
  'insights-totals': 'https://sqs/insights-totals',
  'insights-bands': 'https://sqs/insights-bands',
  'insights-band-rows': 'https://sqs/insights-band-rows',
  'insights-baskets': 'https://sqs/insights-baskets',
  'shop-letters': 'https://sqs/shop-letters',
};
