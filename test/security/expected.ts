import * as may from './needs.js';

/** Per role: its needs. What is not here is not granted. */
export type Expected = Readonly<Record<string, readonly (readonly string[])[]>>;

const migrations = (store: string, users: readonly string[], key?: string): Expected => ({
  [`${store}/Migrations/Run/Role`]: [
    may.writesLog(`${store}/Migrations/Run/Logs`),
    may.runsTransactions(`${store}/Aurora/Cluster`, `${store}/Aurora/Cluster master secret`),
    ...users.map((user) => may.readsSecret(`${store}/${user}`)),
    key === undefined ? [] : may.decrypts(key),
  ],
  [`${store}/Migrations/Caller/Role`]: [
    may.writesLog(`${store}/Migrations/Caller/Logs`),
    may.callsAnyVersion(`${store}/Migrations/Run/Function`),
  ],
});

const commitOutbox = (store: string, publishing: readonly string[], key?: string): Expected => ({
  [`${store}/Outbox/Relay/Role`]: [
    may.writesLog(`${store}/Outbox/Relay/Logs`),
    may.followsStream(`${store}/Table`),
    key === undefined ? [] : may.followsEncrypted(key),
    publishing,
  ],
  [`${store}/Outbox/History/Role`]: [
    may.writesLog(`${store}/Outbox/History/Logs`),
    may.readsCommits(`${store}/Table`),
    key === undefined ? [] : may.decrypts(key),
  ],
  [`${store}/Outbox/Republish/Role`]: [
    may.writesLog(`${store}/Outbox/Republish/Logs`),
    may.scans(`${store}/Table`),
    key === undefined ? [] : may.decrypts(key),
    publishing,
  ],
});

const postgresOutbox = (store: string, publishing: readonly string[], key?: string): Expected => ({
  [`${store}/Outbox/Relay/Role`]: [
    may.writesLog(`${store}/Outbox/Relay/Logs`),
    may.runsStatements(`${store}/Aurora/Cluster`, `${store}/RelayUser`),
    key === undefined ? [] : may.decrypts(key),
    publishing,
    may.receives(`${store}/Outbox/Sweep`),
    may.sends(`${store}/Outbox/Sweep`),
  ],
  [`${store}/Outbox/History/Role`]: [
    may.writesLog(`${store}/Outbox/History/Logs`),
    may.runsStatements(`${store}/Aurora/Cluster`, `${store}/HistoryUser`),
    key === undefined ? [] : may.decrypts(key),
  ],
});

const catalog = 'Catalog/Products/Aurora/Cluster';
const insights = 'Insights/Baskets/Aurora/Cluster';

/** The shop, as an account gets it. */
export const SHOP: Expected = {
  ...migrations('Catalog/Products', ['CommandsUser', 'RelayUser', 'HistoryUser', 'ReaderUser']),
  ...postgresOutbox('Catalog/Products', may.publishesAs('catalog')),
  'Catalog/Role-catalog-commands': [
    may.writesLog('Catalog/Logs-catalog-commands'),
    may.runsTransactions(catalog, 'Catalog/Products/CommandsUser'),
    may.publishesAs('catalog'),
    may.sends('Catalog/Products/Outbox/Sweep'),
  ],
  'Catalog/Role-catalog-quote': [
    may.writesLog('Catalog/Logs-catalog-quote'),
    may.runsTransactions(catalog, 'Catalog/Products/ReaderUser'),
  ],
  'Browse/Role-browse-listing': [
    may.writesLog('Browse/Logs-browse-listing'),
    may.receives('Browse/Products/Queue'),
    may.sends('Browse/Products/Queue'),
    may.keepsView('Browse/Listing/Table'),
    may.calls('Catalog/Products/Outbox/History/Function'),
  ],
  'Browse/Products/Rebuild/Role': [
    may.rebuilds('Browse/Products/Rebuild/StateMachine', 'Browse/Handler-browse-listing'),
  ],
  'Browse/Role-browse-queries': [
    may.writesLog('Browse/Logs-browse-queries'),
    may.readsTable('Browse/Listing/Table', 'by-category', 'by-price'),
  ],
  ...commitOutbox('Sales/Invoices', may.publishesAs('sales')),
  'Sales/Role-sales-commands': [may.writesLog('Sales/Logs-sales-commands'), may.appendsCommits('Sales/Invoices/Table')],
  'Insights/Role-insights-totals': [
    may.writesLog('Insights/Logs-insights-totals'),
    may.receives('Insights/Sales/Queue'),
    may.sends('Insights/Sales/Queue'),
    may.keepsView('Insights/Totals/Table'),
    may.calls('Sales/Invoices/Outbox/History/Function'),
  ],
  'Insights/Sales/Rebuild/Role': [
    may.rebuilds('Insights/Sales/Rebuild/StateMachine', 'Insights/Handler-insights-totals'),
  ],
  'Insights/Role-insights-queries': [
    may.writesLog('Insights/Logs-insights-queries'),
    may.readsTable('Insights/Totals/Table'),
  ],
  ...migrations('Insights/Baskets', ['ReaderUser', 'ViewUser']),
  'Insights/Role-insights-bought-together': [
    may.writesLog('Insights/Logs-insights-bought-together'),
    may.receives('Insights/BoughtTogether/Queue'),
    may.sends('Insights/BoughtTogether/Queue'),
    may.runsTransactions(insights, 'Insights/Baskets/ViewUser'),
    may.calls('Sales/Invoices/Outbox/History/Function'),
  ],
  'Insights/BoughtTogether/Rebuild/Role': [
    may.rebuilds('Insights/BoughtTogether/Rebuild/StateMachine', 'Insights/Handler-insights-bought-together'),
  ],
  'Insights/Role-insights-basket-queries': [
    may.writesLog('Insights/Logs-insights-basket-queries'),
    may.runsTransactions(insights, 'Insights/Baskets/ReaderUser'),
    may.calls('Catalog/Handler-catalog-quote alias live'),
  ],
};

/** What the shop does not have, on a bus with a name. */
export const GALLERY: Expected = {
  ...commitOutbox('Notes/Kept', may.publishesOnNamedBusAs('notes'), 'Key'),
  'Notes/Write/ServiceRole': [may.appendsCommits('Notes/Kept/Table'), may.encrypts('Key')],
  ...migrations('Notes/Books', ['WriterUser', 'CommandsUser', 'RelayUser', 'HistoryUser'], 'Key'),
  ...postgresOutbox('Notes/Books', may.publishesOnNamedBusAs('notes'), 'Key'),
  'Notes/DecideBooking/ServiceRole': [may.nothing],
  'Notes/Booker/Role': [
    may.writesLog('Notes/Booker/Logs'),
    may.calls('Notes/DecideBooking'),
    may.runsTransactions('Notes/Books/Aurora/Cluster', 'Notes/Books/CommandsUser'),
    may.decrypts('Key'),
    may.publishesOnNamedBusAs('notes'),
    may.sends('Notes/Books/Outbox/Sweep'),
  ],
  'Notes/Book/ServiceRole': [
    may.runsTransactions('Notes/Books/Aurora/Cluster', 'Notes/Books/WriterUser'),
    may.decrypts('Key'),
  ],
  'Notes/QuoteFunction/ServiceRole': [may.nothing],
  'Readers/Archived/Import/Role': [
    may.writesLog('Readers/Archived/Import/Logs'),
    may.receives('Readers/Archived/Queue'),
    may.importsCommits('Readers/Archived/Commits/Table'),
    may.calls('Notes/Kept/Outbox/History/Function'),
  ],
  'Readers/Archived/History/Role': [
    may.writesLog('Readers/Archived/History/Logs'),
    may.readsCommits('Readers/Archived/Commits/Table'),
    may.calls('Notes/Kept/Outbox/History/Function'),
  ],
  'Readers/Archived/Replay/Role': [
    may.writesLog('Readers/Archived/Replay/Logs'),
    may.scans('Readers/Archived/Commits/Table'),
    may.replays('Archive/Archive', 'Events/Bus'),
    may.looksAtQueue('Readers/Archived/Queue'),
    may.looksAtQueue('Readers/Archived/DeadLetters'),
  ],
  'Readers/Decide/ServiceRole': [may.nothing],
  'Readers/Keeper/Role': [
    may.writesLog('Readers/Keeper/Logs'),
    may.receives('Readers/Listed/Queue'),
    may.sends('Readers/Listed/Queue'),
    may.keepsView('Readers/Listing/Table'),
    may.calls('Readers/Archived/History/Function'),
    may.calls('Readers/Decide'),
  ],
  'Readers/Listed/Rebuild/Role': [may.rebuilds('Readers/Listed/Rebuild/StateMachine', 'Readers/Keeper/Function')],
  'Readers/Mail/ServiceRole': [
    may.receives('Readers/Mailed/Queue'),
    may.sends('Readers/Mailed/Queue'),
    may.keepsView('Readers/Sent/Table'),
    may.calls('Notes/Kept/Outbox/History/Function'),
    may.calls('Notes/QuoteFunction alias live'),
  ],
};
