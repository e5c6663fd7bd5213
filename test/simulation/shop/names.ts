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

/** Queues by what they feed. */
export const URLS = {
  sweeps: 'https://sqs/sweeps',
  'browse-listing': 'https://sqs/browse-listing',
  'insights-totals': 'https://sqs/insights-totals',
  'insights-bands': 'https://sqs/insights-bands',
};
