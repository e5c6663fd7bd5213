import { TransactWriteCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { StreamRun, TRANSACTION_ITEMS, type Step, type StreamState } from './aggregate-run.js';
import { jittered, type Waiting } from './backoff.js';
import { cancellationCodes, isContended } from './cancellation.js';
import { plus, type Contribution, type ContributionOperation } from './contributions.js';
import { readItems } from './read-items.js';
import type { Envelope } from './envelope.js';
import { PoisonError } from './poison.js';
import { GenerationKeys } from './generation-keys.js';
import { TableBusyError } from './table-busy.js';
import {
  controlKey,
  CONTRIBUTIONS,
  isControlKey,
  isRefused,
  PASSED,
  passedIn,
  TOTAL,
  VERSION,
  type IndexedTable,
} from './view-table.js';
import type { Progress, StreamCommits, ViewWriter } from './view-writer.js';

/** How often a batch tries again when others write the same totals. With full jitter a handful is common, 30 is not. */
const CONFLICTS = 30;
const CONFLICT_BASE = 20;
const CONFLICT_CAP = 400;

type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/**
 * Writes an aggregate view: totals that many streams feed. What a stream has contributed and the totals that it moves
 * change in one transaction, so that nothing counts twice. A batch is folded: each total is written once.
 */
export class AggregateWriter implements ViewWriter {
  private readonly keys: GenerationKeys;

  constructor(
    private readonly table: IndexedTable,
    private readonly operationsOf: (commit: Envelope) => Promise<readonly ContributionOperation[]>,
    private readonly waiting: Waiting,
    generation = 1,
  ) {
    this.keys = new GenerationKeys(table, generation);
  }

  async advance(work: readonly StreamCommits[]): Promise<Map<string, Progress>> {
    const runs = work.map((one) => new StreamRun(one, this.operationsOf));
    let conflicts = 0;
    while (runs.some((run) => run.progress === undefined)) {
      await this.read(runs.filter((run) => run.mustRead));
      const steps: Step[] = [];
      for (const run of runs) {
        const step = await run.next();
        if (step !== undefined) steps.push(step);
      }
      for (const transaction of packed(steps)) {
        if (await this.write(transaction)) continue;
        conflicts += 1;
        if (conflicts > CONFLICTS) {
          const busy = new TableBusyError(this.table.table, `others wrote the same totals ${conflicts} times in a row`);
          for (const { run } of transaction) run.failed(busy);
        } else {
          await jittered(this.waiting, conflicts - 1, CONFLICT_BASE, CONFLICT_CAP);
        }
      }
    }
    return new Map(runs.map((run) => [run.stream, run.progress ?? { state: 'current', applied: 0 }]));
  }

  async applied(stream: string): Promise<number> {
    const [state] = await this.states([stream]);
    return state?.version ?? 0;
  }

  /** The key of the item that holds the view's version of a stream. */
  versionKey(stream: string): Record<string, string> {
    return controlKey(this.table, 'contribution', stream, this.keys.generation);
  }

  /** What the view holds of these streams, in their order. */
  async states(streams: readonly string[]): Promise<(StreamState | undefined)[]> {
    const items = await readItems(
      this.table,
      streams.map((stream) => this.versionKey(stream)),
      this.waiting,
    );
    return items.map(stateOf);
  }

  /** One BatchGet for all streams that are not new. */
  private async read(runs: readonly StreamRun[]): Promise<void> {
    if (runs.length === 0) return;
    try {
      const states = await this.states(runs.map((run) => run.stream));
      for (const [index, run] of runs.entries()) run.reached(states[index]);
    } catch (error) {
      for (const run of runs) run.failed(error);
    }
  }

  /** Writes one transaction; false where it met others and has to be tried again. */
  private async write(steps: readonly Step[]): Promise<boolean> {
    try {
      const items = this.items(steps);
      await this.table.client.send(new TransactWriteCommand({ TransactItems: items }));
      for (const { run, after } of steps) run.reached(after);
      return true;
    } catch (error) {
      return this.judge(steps, error);
    }
  }

  private judge(steps: readonly Step[], error: unknown): boolean {
    const codes = cancellationCodes(error);
    const stale = steps.filter((_, index) => codes[index] === 'ConditionalCheckFailed');
    if (stale.length > 0) {
      for (const { run } of stale) run.stale();
      return true;
    }
    if (isContended(error) || isNamed(error, 'TransactionInProgressException')) return false;
    if (isRefused(error) || error instanceof PoisonError || codes.includes('ValidationError')) {
      this.narrow(steps, error);
    } else {
      for (const { run } of steps) run.failed(error);
    }
    return true;
  }

  /** Finds out which commit is at fault by writing less at a time. */
  private narrow(steps: readonly Step[], error: unknown): void {
    const [only] = steps;
    if (steps.length > 1) {
      for (const { run } of steps) run.alone = true;
    } else if (only !== undefined && only.commits > 1) {
      only.run.single = true;
    } else if (only !== undefined) {
      only.run.poisoned(
        error instanceof PoisonError
          ? error
          : new PoisonError('write-refused', 'the store cannot hold what the handler made of it', { cause: error }),
      );
    }
  }

  /** The contributions come first, in the order of the steps, so that a cancellation's reasons can be told apart. */
  private items(steps: readonly Step[]): TransactItem[] {
    const totals = new Map<string, Contribution>();
    for (const [id, { key, measures }] of steps.flatMap(({ moves }) => [...moves])) {
      totals.set(id, { key, measures: plus(totals.get(id)?.measures ?? {}, measures) });
    }
    const moving = [...totals.values()].filter(({ measures }) => Object.keys(measures).length > 0);
    return [...steps.map((step) => this.contribution(step)), ...moving.map((total) => this.total(total))];
  }

  private contribution({ run, before, after }: Step): TransactItem {
    const { table, partitionKey } = this.table;
    const isNew = before.version === 0;
    return {
      Put: {
        TableName: table,
        Item: {
          ...this.versionKey(run.stream),
          [VERSION]: after.version,
          [CONTRIBUTIONS]: [...after.contributions].map(([id, contribution]) => ({ id, ...contribution })),
          ...(after.passed.length === 0 ? {} : { [PASSED]: new Set(after.passed) }),
        },
        ConditionExpression: isNew ? 'attribute_not_exists(#name)' : '#name = :before',
        ExpressionAttributeNames: { '#name': isNew ? partitionKey : VERSION },
        ...(isNew ? {} : { ExpressionAttributeValues: { ':before': before.version } }),
      },
    };
  }

  private total({ key, measures }: Contribution): TransactItem {
    const { table, partitionKey, sortKey } = this.table;
    const keys = [partitionKey, ...(sortKey === undefined ? [] : [sortKey])];
    const given = Object.keys(key);
    if (
      given.length !== keys.length ||
      !keys.every((name) => given.includes(name)) ||
      isControlKey(key[partitionKey])
    ) {
      throw new PoisonError('invalid-operation', `a total's key must have exactly: ${keys.join(', ')}`);
    }
    const names = Object.keys(measures);
    const odd = names.find((name) => keys.includes(name) || name.startsWith('_'));
    if (odd !== undefined) {
      throw new PoisonError(
        'invalid-operation',
        `measure '${odd}' is named like a key or like the kit's own: rename it`,
      );
    }
    return {
      Update: {
        TableName: table,
        Key: this.keys.encodeItem(key),
        UpdateExpression: `SET #total = :true ADD ${names.map((_, index) => `#m${index} :m${index}`).join(', ')}`,
        ExpressionAttributeNames: {
          '#total': TOTAL,
          ...Object.fromEntries(names.map((name, index) => [`#m${index}`, name])),
        },
        ExpressionAttributeValues: {
          ':true': true,
          ...Object.fromEntries(names.map((name, index) => [`:m${index}`, measures[name]])),
        },
      },
    };
  }
}

/** Fills transactions of up to 100 items, where streams that move the same total share its item. */
export function packed(steps: readonly Step[]): Step[][] {
  const transactions: { steps: Step[]; totals: Set<string> }[] = [];
  for (const step of steps) {
    const last = transactions.at(-1);
    const fits = (open: { steps: Step[]; totals: Set<string> }): boolean =>
      open.steps.length + 1 + new Set([...open.totals, ...step.moves.keys()]).size <= TRANSACTION_ITEMS;
    if (last !== undefined && !step.run.alone && !last.steps.some(({ run }) => run.alone) && fits(last)) {
      last.steps.push(step);
      for (const id of step.moves.keys()) last.totals.add(id);
    } else {
      transactions.push({ steps: [step], totals: new Set(step.moves.keys()) });
    }
  }
  return transactions.map((transaction) => transaction.steps);
}

function stateOf(item: Record<string, unknown> | undefined): StreamState | undefined {
  if (item === undefined) return undefined;
  const stored = (item[CONTRIBUTIONS] ?? []) as ({ id: string } & Contribution)[];
  return {
    version: Number(item[VERSION] ?? 0),
    contributions: new Map(stored.map(({ id, key, measures }) => [id, { key, measures }])),
    passed: passedIn(item),
  };
}

function isNamed(error: unknown, name: string): error is Error {
  return error instanceof Error && error.name === name;
}
