import { describe, expect, it } from 'vitest';
import { entrySize, toEntry } from '../../../lambdas/cqrs/publish.js';

const bus = { service: 'catalog', bus: 'events', entryLimit: 1_000 };
const stored = (size: number) => ({
  stream: 'product/1',
  version: 2,
  commit: `{"specversion":"1.0","data":{"events":"${'é'.repeat(size)}"}}`,
});

describe('an entry', () => {
  it('is as large as EventBridge counts it: bytes, not characters, and 14 for a time', () => {
    const entry = { Source: 'é', DetailType: 'ab', Detail: '€', Resources: ['x', 'yz'] };
    expect(entrySize(entry)).toBe(2 + 2 + 3 + 3);
    expect(entrySize({ ...entry, Time: new Date(0) })).toBe(2 + 2 + 3 + 3 + 14);
  });

  it('names the service, the stream and the bus', () => {
    expect(toEntry(bus, stored(1))).toMatchObject({ Source: 'catalog', DetailType: 'product', EventBusName: 'events' });
  });

  it('has its events up to the limit, to the byte, and none over it', () => {
    const entry = toEntry({ ...bus, entryLimit: 10_000 }, stored(400));
    const size = entrySize(entry);
    expect(toEntry({ ...bus, entryLimit: size }, stored(400))).toEqual(entry);
    const thin = toEntry({ ...bus, entryLimit: size - 1 }, stored(400));
    expect(JSON.parse(thin.Detail ?? '')).toEqual({ id: 'product/1@2', version: 2, specversion: '1.0' });
  });
});
