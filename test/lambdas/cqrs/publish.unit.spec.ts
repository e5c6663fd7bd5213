import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { describe, expect, it } from 'vitest';
import { entrySize, publish, toEntry } from '../../../lambdas/cqrs/publish.js';

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

describe('entries that the bus refuses', () => {
  const refusing = async (...codes: (string | undefined)[]): Promise<string | undefined> => {
    const client: Pick<EventBridgeClient, 'send'> = {
      send: () => Promise.resolve({ Entries: codes.map((ErrorCode) => ({ ErrorCode })) }),
    };
    const commits = codes.map((_, n) => ({ ...stored(1), version: n + 1 }));
    const { published, left, fault } = await publish({ ...bus, client }, commits, { attempts: 1 });
    expect({ published, left }).toEqual({ published: [], left: codes.length });
    return fault;
  };

  it('are left with why, each reason once, also where it says none', async () => {
    expect(await refusing('ThrottlingException', 'InternalFailure', 'ThrottlingException')).toBe(
      'RefusedEntries: the bus refused entries: ThrottlingException, InternalFailure',
    );
    expect(await refusing(undefined)).toBe('RefusedEntries: the bus refused entries: it does not say why');
  });
});
