import { describe, expect, it } from 'vitest';
import { check, storefront } from './index.js';
import type {
  Because,
  Evidence,
  LoggedCommit,
  ObservedCommand,
  ObservedAnswer,
  ObservedRead,
  ObservedView,
} from './index.js';

const created = { description: 'LANTERN', category: 'lanterns', price: 150, since: '2010-12-01' };
const repriced = { price: 250, since: '2010-12-02' };
const first: LoggedCommit = commit('product/1', 1, 'a', 'ProductCreated', created);
const second: LoggedCommit = commit('product/1', 2, 'b', 'PriceChanged', repriced);
const cheap = { ...created, priceBand: '1-2' };
const dear = { ...created, ...repriced, priceBand: '2-5' };

const listed: ObservedView = { name: 'listing', streamName: 'product', found: { 1: dear }, fold: storefront.listing };

/** A run in which nothing went wrong. */
const good: Evidence = {
  commands: [
    { id: 'a', stream: 'product/1', answers: [{ outcome: 'accepted', version: 1 }], meant: first.events },
    {
      id: 'b',
      stream: 'product/1',
      expected: 1,
      answers: [{ outcome: 'unknown' }, { outcome: 'accepted', version: 2 }],
    },
    { id: 'c', stream: 'product/1', answers: [{ outcome: 'refused' }] },
    { id: 'd', stream: 'product/2', answers: [{ outcome: 'unknown' }] },
  ],
  log: [second, first],
  published: [first, first, { ...second, events: undefined }],
  history: [
    { name: 'all products', of: 'product', told: [first, second] },
    { name: 'the end of product/1', of: 'product/1', from: 2, told: [second] },
  ],
  views: [listed],
  reads: [
    { kind: 'entity', view: 'listing', stream: 'product/1', token: { 'product/1': 1 }, found: cheap },
    { kind: 'entity', view: 'listing', stream: 'product/1', token: { 'product/1': 2 }, found: dear },
  ],
};

const rules = (change: Partial<Evidence>): string[] => check({ ...good, ...change }).map(({ rule }) => rule);

describe('the checker', () => {
  it('finds nothing wrong where nothing is', () => {
    expect(check(good)).toEqual([]);
  });

  it('misses what was accepted', () => {
    expect(rules({ log: [first], published: undefined, history: undefined, reads: [] })).toEqual(['lost', 'differs']);
  });

  it('finds a command twice', () => {
    const again = { ...second, version: 3, events: [{ type: 'PriceChanged', data: repriced }] };
    expect(rules({ log: [first, second, again], published: undefined, history: undefined })).toEqual(['doubled']);
  });

  it('finds what was refused', () => {
    const refused = commit('product/1', 3, 'c', 'PriceChanged', repriced);
    expect(rules({ log: [...good.log, refused], published: undefined, history: undefined })).toEqual([
      'refused-present',
    ]);
  });

  it('finds what nobody sent, a hole, and a version twice', () => {
    const alien = commit('product/9', 2, 'z', 'ProductCreated', created);
    const log = [...good.log, alien, { ...alien, stream: 'product/1', version: 1 }];
    const found = rules({ log, published: undefined, history: undefined, views: [], reads: [] });
    expect(found).toEqual(['doubled', 'hole', 'invented', 'invented']);
  });

  it('finds a command that overran the version that its client had seen', () => {
    const commands = good.commands.map((command) => (command.id === 'b' ? { ...command, expected: 0 } : command));
    expect(rules({ commands })).toEqual(['expectation-broken']);
  });

  it('finds an answer with another version, or other events than were meant', () => {
    const [, ...others] = good.commands;
    const meant = [{ type: 'ProductCreated', data: { ...created, price: 1 } }];
    const a = { id: 'a', stream: 'product/1', answers: [{ outcome: 'accepted', version: 2 }], meant } as const;
    expect(rules({ commands: [a, ...others] })).toEqual(['distorted', 'distorted']);
  });

  it('finds a repeat that is refused after its command was accepted, or when nothing else can have made what is there', () => {
    const [accepted, refused, unknown] = [
      { outcome: 'accepted', version: 2 },
      { outcome: 'refused' },
      { outcome: 'unknown' },
    ] as const;
    const of = (...answers: ObservedAnswer[]): string[] =>
      rules({ commands: good.commands.map((command) => (command.id === 'b' ? { ...command, answers } : command)) });
    expect(of(accepted, refused)).toEqual(['distorted']);
    expect(of(unknown, refused)).toEqual(['refused-present']);
    expect(of(unknown, refused, unknown)).toEqual([]); // the last one may have made it
    expect(of(unknown, refused, accepted)).toEqual([]);
    expect(of(refused, accepted)).toEqual([]);
    // Sent at the same time, one may have been refused before the other was accepted.
    expect(of(accepted, { ...refused, after: 0 })).toEqual([]);
    expect(of(unknown, { ...refused, after: 0 })).toEqual([]);
    expect(of(unknown, { ...refused, after: 0 }, refused)).toEqual(['refused-present']);
  });

  it('finds a refusal for what is not so', () => {
    const of = (stream: string, because: Because, expected?: number): string[] => {
      const refused: ObservedCommand = { id: 'r', stream, expected, answers: [{ outcome: 'refused', because }] };
      return rules({ commands: [...good.commands, refused] });
    };
    expect(of('product/1', { is: 'there' })).toEqual([]);
    expect(of('product/2', { is: 'there' })).toEqual(['unfounded']);
    expect(of('product/1', { is: 'missing', known: 0 })).toEqual([]); // it may not have been there yet
    expect(of('product/1', { is: 'missing', known: 1 })).toEqual(['unfounded']);
    expect(of('product/1', { is: 'elsewhere', known: 1 }, 1)).toEqual([]);
    expect(of('product/1', { is: 'elsewhere', known: 1 }, 2)).toEqual([]);
    expect(of('product/1', { is: 'elsewhere', known: 2 }, 2)).toEqual(['unfounded']);
    expect(of('product/1', { is: 'elsewhere', known: 0 })).toEqual(['unfounded']); // it expected nothing
    expect(of('product/1', { is: 'nothing' })).toEqual(['unfounded']);
  });

  it('finds what was never sent, and what was sent without being there', () => {
    expect(rules({ published: [first] })).toEqual(['unpublished']);
    expect(rules({ published: [first, second, { ...second, version: 3 }] })).toEqual(['phantom']);
  });

  it('finds a history that leaves out, repeats, turns round or changes commits, or tells of others', () => {
    const of = (told: LoggedCommit[], from?: number): string[] =>
      rules({ history: [{ name: 'all products', of: 'product', from, told }] });
    expect(of([second])).toEqual(['lost']);
    expect(of([first, second, second])).toEqual(['doubled']);
    expect(of([second, first])).toEqual(['disordered']);
    expect(of([first, { ...second, events: first.events }])).toEqual(['phantom']);
    expect(of([first, second], 2)).toEqual(['phantom']);
    expect(of([first, second, commit('sale/1', 1, 'a', 'SaleRegistered', {})])).toEqual(['phantom']);
    expect(of([], 3)).toEqual([]);
  });

  it('takes a passed version for what it is', () => {
    const passed = [{ stream: 'product/1', version: 2 }];
    expect(rules({ views: [{ ...listed, found: { 1: cheap }, passed }], reads: [] })).toEqual([]);
    expect(rules({ views: [{ ...listed, found: { 1: cheap } }], reads: [] })).toEqual(['differs']);
  });

  it('finds an entity that is older than its token', () => {
    expect(rules({ reads: [entity({ 'product/1': 2 }, cheap)] })).toEqual(['stale']);
    expect(rules({ reads: [entity({ 'product/1': 1 }, undefined)] })).toEqual(['stale']);
    expect(rules({ reads: [entity(undefined, undefined)] })).toEqual([]);
  });

  it('finds an entity that goes back behind what its reader was shown', () => {
    const read = (at: number, found: Record<string, unknown>, name = 'a'): ObservedRead => ({
      ...entity(undefined, found),
      reader: { name, asked: at, answered: at + 10 },
    });
    expect(rules({ reads: [read(0, cheap), read(5_000, dear)] })).toEqual([]);
    expect(rules({ reads: [read(0, dear), read(5_000, cheap)] })).toEqual(['stale']);
    expect(rules({ reads: [read(0, dear), read(5_000, cheap, 'b')] })).toEqual([]);
    // Clocks differ: not all functions move to another generation at the same instant.
    expect(rules({ reads: [read(0, dear), read(500, cheap)] })).toEqual([]);
  });

  it('finds a list that misses, keeps or repeats an entity against its token', () => {
    const token = { 'product/1': 2 };
    expect(rules({ reads: [list('2-5', token, [dear])] })).toEqual([]);
    expect(rules({ reads: [list('2-5', token, [])] })).toEqual(['stale']);
    expect(rules({ reads: [list('1-2', token, [cheap])] })).toEqual(['stale']);
    expect(rules({ reads: [list('2-5', token, [dear, dear])] })).toEqual(['stale']);
    expect(rules({ reads: [list('1-2', undefined, [cheap])] })).toEqual([]);
  });

  it('finds totals that count too little or too much', () => {
    const line = { product: '1', units: 2, price: 100 };
    const sale = { country: 'France', soldAt: '2010-12-01T08:26:00', customer: null, lines: [line] };
    const log = [commit('sale/1', 1, 's', 'SaleRegistered', sale), commit('sale/2', 1, 't', 'SaleRegistered', sale)];
    const commands = ['s', 't'].map((id) => ({ id, stream: 'sale/1', answers: [] }));
    const key = '2010-12-01|France';
    const view = (sales: number): ObservedView => ({
      name: 'totals',
      streamName: 'sale',
      found: { [key]: { sales, units: 4, revenue: 400, returns: 0 } },
      fold: storefront.totals,
    });
    const read = (sales: number): ObservedRead => ({
      ...{ kind: 'total', view: 'totals', key, token: { 'sale/2': 1 } },
      found: { sales, units: 2, revenue: 200 },
    });
    const of = (sales: number, seen: number): string[] =>
      check({ commands, log, views: [view(sales)], reads: [read(seen)] }).map(({ rule }) => rule);
    expect(of(2, 1)).toEqual([]);
    expect(of(3, 2)).toEqual(['differs']);
    expect(of(2, 0)).toEqual(['stale']);
    expect(of(2, 3)).toEqual(['stale']);
  });

  it('passes on what stands still, what was given up, what never rests and what nobody meant', () => {
    const parked = ['product/1@1 in listing'];
    const internal = ['CreateProduct 1'];
    expect(rules({ parked, deadLetters: ['product/1@1'], unfinished: ['the relay'], internal })).toEqual([
      'unfinished',
      'internal',
      'parked',
      'dead-letter',
    ]);
  });
});

function commit(stream: string, version: number, command: string, type: string, data: unknown): LoggedCommit {
  return { stream, version, command, events: [{ type, data }] };
}

function entity(token: ObservedRead['token'], found: Record<string, unknown> | undefined): ObservedRead {
  return { kind: 'entity', view: 'listing', stream: 'product/1', token, found };
}

function list(band: string, token: ObservedRead['token'], items: readonly Record<string, unknown>[]): ObservedRead {
  const found = items.map((item) => ({ stream: 'product/1', item }));
  return { kind: 'list', view: 'listing', where: { field: 'priceBand', value: band }, token, found };
}
