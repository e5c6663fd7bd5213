import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { IndexedTable } from '../../../lambdas/cqrs/index.js';
import { ViewRig, type RigOptions } from './view-rig.js';

/** So far beyond any real version that what an answer says is taken for the newest. */
const BEYOND = 1_000_000;

/**
 * A view's table whose indexes are as late as a test wants them to be: a Query of an index is answered from a second
 * table, which is brought up to date entity by entity. All else goes to the view's own table.
 */
export class DelayedIndex {
  static async start(options: RigOptions): Promise<DelayedIndex> {
    return new DelayedIndex(await ViewRig.start(options), await ViewRig.start(options));
  }

  readonly table: IndexedTable;
  /** Answers consistent reads from the late copies too and calls them the newest: what is left is the index alone. */
  overlayCutOut = false;

  private constructor(
    /** The view itself. */
    readonly rig: ViewRig,
    private readonly late: ViewRig,
  ) {
    this.table = rig.table;
    this.redirect();
  }

  /** The index catches up with these entities. */
  async catchUp(...ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const { Item } = await this.table.client.send(
        new GetCommand({ TableName: this.table.table, Key: { id }, ConsistentRead: true }),
      );
      if (Item !== undefined) await this.show(Item);
    }
    this.rig.sent.length = 0;
  }

  /** The index has this of an entity, whatever the view holds. */
  async show(item: Record<string, unknown>): Promise<void> {
    const { client, table } = this.late.table;
    await client.send(new DeleteCommand({ TableName: table, Key: { id: item['id'] } }));
    await client.send(new PutCommand({ TableName: table, Item: item }));
  }

  private redirect(): void {
    const late = this.late.table.table;
    this.table.client.middlewareStack.add(
      (next, context) => async (args) => {
        const input = args.input as Partial<Asked>;
        const reads = input.RequestItems?.[this.table.table];
        const isLate = context.commandName === 'QueryCommand' && input.IndexName !== undefined;
        if (isLate) return next({ ...args, input: { ...args.input, TableName: late } });
        if (context.commandName !== 'BatchGetItemCommand' || reads === undefined || !this.overlayCutOut)
          return next(args);
        const answer = await next({ ...args, input: { ...args.input, RequestItems: { [late]: reads } } });
        const output = answer.output as Partial<Answered>;
        const found = output.Responses?.[late] ?? [];
        const items = reads.Keys.map(({ id }) => beyond(found.find((item) => item['id'] === id) ?? { id, ...GONE }));
        return { ...answer, output: { ...answer.output, Responses: { [this.table.table]: items } } };
      },
      { step: 'initialize', name: 'delay' },
    );
  }
}

type Item = Record<string, unknown>;

/** What is asked, of the requests that are redirected. */
interface Asked {
  readonly IndexName: string;
  readonly RequestItems: Record<string, { readonly Keys: readonly Item[] }>;
}

interface Answered {
  readonly Responses: Record<string, readonly Item[]>;
}

const GONE: Item = { _version: 0, _tombstone: true };

function beyond(item: Item): Item {
  return { ...item, _version: Number(item['_version']) + BEYOND };
}
