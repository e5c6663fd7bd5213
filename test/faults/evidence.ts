import type { Evidence, LoggedCommit } from '../support/checker/index.js';
import { loggedOf, publishedOf } from './envelopes.js';
import { readGenerations } from './generations.js';
import { historiesOf } from './histories.js';
import { shownIn } from './shown.js';
import type { System } from './system.js';
import { VIEWS } from './views.js';

/** What the stores hold, what was sent and what is told, since the last time. */
export type Traces = Required<Pick<Evidence, 'log' | 'published' | 'history' | 'views' | 'deadLetters' | 'unfinished'>>;

/** Gathers what is there for the checker. What an earlier run left is left out by what it had: streams and totals. */
export async function tracesOf(system: System, isEarlier: (key: string) => boolean): Promise<Traces> {
  const isNew = ({ stream }: { readonly stream: string }): boolean => !isEarlier(stream);
  const log = [...(await productsOf(system)), ...(await salesOf(system))].filter(isNew);
  const { views, parked, leftovers } = await shownIn(system, isEarlier);
  const deadLetters: string[] = [];
  for (const { projection } of Object.values(VIEWS)) {
    const messages = await system.shop.messages(`${projection}DeadLetters`);
    if (messages > 0) deadLetters.push(`${messages} messages of ${projection}`);
  }
  return {
    log,
    published: system.sent.map(publishedOf).filter(isNew),
    history: await historiesOf(system, log),
    views,
    deadLetters: [...deadLetters, ...parked.map((stream) => `${stream}, which is parked`)],
    unfinished: leftovers.map((what) => `the dropping of ${what}`),
  };
}

async function productsOf(system: System): Promise<LoggedCommit[]> {
  const rows = await system.sql('catalog', 'select stream, version, commit from dbpatterns.outbox');
  return rows.map(loggedOf);
}

/** The commits of sales. Beside them the table holds state, which the events of returns tell of. */
export async function salesOf({ shop }: System): Promise<LoggedCommit[]> {
  const { items } = await readGenerations(shop.outputs.InvoicesTable, ['stream']);
  return items.filter(({ commit }) => commit !== undefined).map(loggedOf);
}
