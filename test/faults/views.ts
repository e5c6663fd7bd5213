/** The views of the shop: how the logical ids of a projection and of its function begin, and where it is kept. */
export const VIEWS = {
  'the listing': {
    projection: 'BrowseProducts',
    handler: 'BrowseHandlerbrowselisting',
    table: 'BrowseListing',
    keys: ['productId', 'category', 'priceBand'],
  },
  'the totals': {
    projection: 'InsightsSales',
    handler: 'InsightsHandlerinsightstotals',
    table: 'InsightsTotals',
    keys: ['day'],
    sortKey: 'country',
  },
  'the price days': {
    projection: 'PricingDays',
    handler: 'PricingHandler',
    table: 'PricingTotals',
    keys: ['day'],
  },
  'the baskets': {
    projection: 'InsightsBoughtTogether',
    handler: 'InsightsHandlerinsightsboughttogether',
    sql: 'bought_together',
  },
} as const;

export type ViewName = keyof typeof VIEWS;

export const VIEW_NAMES = Object.keys(VIEWS) as ViewName[];
