import { Token } from '../../../lambdas/cqrs/token.js';
import { nameOf, type LoggedCommit } from '../../support/checker/index.js';
import type { World } from '../core/world.js';
import { COUNTRIES, DAYS, PRODUCTS } from './plan.js';
import type { Memory, Visitors } from './visitors.js';

/**
 * Reads everything that can be asked for once more, with the newest version of every stream in the token, when all is at
 * rest: each of these has to be answered.
 */
export async function inspect(world: World, visitors: Visitors, log: readonly LoggedCommit[]): Promise<void> {
  const versions: Record<string, number> = {};
  for (const { stream, version } of log) versions[stream] = Math.max(version, versions[stream] ?? 0);
  const of = (name: string): Memory => {
    const own = Object.fromEntries(Object.entries(versions).filter(([stream]) => nameOf(stream) === name));
    return { versions: own, token: Token.of(own, { now: () => world.date }) };
  };
  const [products, sales] = [of('product'), of('sale')];
  const how = { wait: 0, token: true };
  const id = (what: string): string => `last.${what}`;
  for (const entity of PRODUCTS) {
    await visitors.look({ ...how, id: id(entity), kind: 'get', entity }, products);
  }
  const dice = world.random.split('inspection');
  const entity = dice.pick(PRODUCTS);
  await visitors.look({ ...how, id: id(`with ${entity}`), kind: 'baskets', entity }, sales);
  await visitors.look({ ...how, id: id('baskets'), kind: 'baskets' }, sales);
  for (const day of DAYS) {
    const country = dice.pick(COUNTRIES);
    await visitors.look({ ...how, id: id(`${day} ${country}`), kind: 'total', day, country }, sales);
  }
  for (const value of ['lanterns', 'bags']) {
    await visitors.look({ ...how, id: id(value), kind: 'list', index: 'categories', value }, products);
  }
}
