import type { Baskets } from './baskets.js';
import type { Fed } from './feed.js';
import type { Answered } from './questions.js';
import type { Committed } from './write-model.js';

/** What the report tells. */
export interface Told {
  readonly deployed: string;
  readonly invoices: number;
  readonly rows: number;
  readonly empty: number;
  readonly unusable: readonly [string, number][];
  readonly unusableFile: string;
  readonly fed: Fed;
  readonly catalog: Committed & { readonly unpublished: number };
  readonly sales: Committed;
  readonly products: number;
  readonly totals: number;
  readonly baskets: Baskets;
  readonly parked: number;
  readonly deadLetters: number;
  readonly answers: readonly Answered[];
}

/** The report, a line each. */
export function report(told: Told): string[] {
  const { accepted, answers, views, elapsed } = told.fed;
  const commands = Object.values(accepted).reduce((sum, count) => sum + count, 0);
  const { catalog, sales, baskets } = told;
  const pairs = Object.values(baskets.boughtTogether).reduce((sum, others) => sum + Object.keys(others).length, 0);
  const unusable = told.unusable.reduce((sum, [, count]) => sum + count, 0);
  return [
    line('deployed', told.deployed),
    line('in', `${n(told.invoices)} invoices with ${n(told.rows)} rows`),
    line('commands', `${n(commands)} accepted, ${n((commands / elapsed) * 1000)} a second`),
    line('', `${n(accepted.CreateProduct)} products created, ${n(accepted.ChangePrice)} prices changed`),
    line('', `${n(accepted.RegisterSale)} sales, ${n(accepted.RegisterReturn)} returns`),
    line('events', `${n(catalog.events + sales.events)} in ${n(catalog.commits + sales.commits)} commits`),
    line(
      '',
      `catalog: ${n(catalog.commits)}, ${catalog.unpublished === 0 ? 'all' : n(catalog.commits - catalog.unpublished)} published by its outbox`,
    ),
    line('', `sales: ${n(sales.commits)}, published by their table's stream`),
    line('views', `${n(told.products)} products listed, ${n(told.totals)} totals by day and country`),
    line(
      '',
      `${n(pairs / 2)} pairs bought together in ${n(baskets.baskets)} baskets; ${n(baskets.skipped)} too large to count`,
    ),
    line('answer', `${percentiles(answers)} from command to answer`),
    line('view', `${percentiles(views)} from command to view, read with its token (${n(views.length)} commands)`),
    line('parked', `${n(told.parked)} streams, ${n(told.deadLetters)} dead letters`),
    line(
      'unusable',
      `${n(unusable)} rows, listed in ${told.unusableFile}; invoices without any other: ${n(told.empty)}`,
    ),
    ...told.unusable.map(([cause, count]) => line('', `${n(count)} ${cause}`)),
    '',
    ...told.answers.flatMap(({ question, answer }) => [`  ${question}`, ...answer.map((text) => `      ${text}`)]),
  ];
}

/** A value that so many of the samples do not exceed. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

function percentiles(samples: readonly number[]): string {
  return `p50 ${ms(percentile(samples, 0.5))}, p99 ${ms(percentile(samples, 0.99))}`;
}

function line(name: string, text: string): string {
  return `  ${name.padEnd(10)} ${text}`;
}

function ms(value: number): string {
  return `${Math.round(value)} ms`;
}

function n(value: number): string {
  return Math.round(value).toLocaleString('en-GB');
}
