import type { DataApiInput } from './postgres/data-api.js';

/** A call of the Data API in a few words: which function of the kit, or how its statement begins. */
export function statementIn(name: string, { sql = '', parameters = [], transactionId }: DataApiInput): string {
  const where = transactionId === undefined ? '' : ` in ${transactionId}`;
  if (name !== 'ExecuteStatementCommand') return `${name.replace('Command', '')}${where}`;
  const called = [...new Set(sql.match(/\bdbpatterns\w*\.\w+(?=\()/g) ?? [])].join(' ');
  const about = parameters
    .filter((one) => ABOUT.has(one.name ?? ''))
    .map((one) => one.value?.stringValue ?? one.value?.longValue ?? 'null');
  const start = sql.trim().split(/\s+/).slice(0, 3).join(' ');
  return `${called === '' ? start : called} ${about.join(' ')}`.trimEnd() + where;
}

const ABOUT = new Set(['k_stream', 'k_command', 'stream', 'from', 'command', 'keys', 'code', 'price']);

/** What a request is about: the addresses, keys and values that are found in it. */
export function writtenIn(input: object): string {
  const text = JSON.stringify(input, (name, value: unknown) => (HIDDEN.has(name) ? undefined : value));
  const addresses = [...text.matchAll(/"id\\*":\\*"([^"\\]+@\d+)\\*"/g)].map(([, address]) => address);
  if (addresses.length > 0) return [...new Set(addresses)].join(', ');
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

const HIDDEN = new Set([
  'ExpressionAttributeNames',
  'ReturnValuesOnConditionCheckFailure',
  'ConsistentRead',
  'MessageAttributes',
  'QueueUrl',
]);
