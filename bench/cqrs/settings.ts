/** What the construct of a projection would tell its function. */
export function settingsOf(name: string): Record<string, unknown> {
  return {
    ...{ name: `bench/${name}`, service: 'browse', stream: 'product', kind: 'entity', queue: 'none', history: 'none' },
    ...{ parkAfter: 3, store: 'LISTING', version: '1', functionTimeout: 30 },
  };
}
