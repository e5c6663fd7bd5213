import { createHash } from 'node:crypto';

/** A checksum of what a view holds of a stream: the same for the same content, in whatever order it is kept. */
export function checksum(content: unknown): string {
  return createHash('sha256').update(canonical(content)).digest('base64url').slice(0, 22);
}

/** A number that hardly any other name has. */
export function weight(name: string): bigint {
  return createHash('sha256').update(name).digest().readBigUInt64BE();
}

/** A text that is the same for values that DynamoDB stores alike: members without a value are not there at all. */
function canonical(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Set) return `{${[...value].map(canonical).sort().join(',')}}`;
  if (value instanceof Uint8Array) return `x${Buffer.from(value).toString('base64')}`;
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === undefined || value === null) return 'null';
  if (typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}
