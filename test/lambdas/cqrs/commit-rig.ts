import { CreateTableCommand, DynamoDBClient, type ConsumedCapacity } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import {
  changedState,
  dynamodbCommand,
  dynamodbCommands,
  newState,
  notFound,
  refusal,
} from '../../../lambdas/cqrs/index.js';
import type { CommandsHandler, DynamoDbCommandsOptions, LogEntry } from '../../../lambdas/cqrs/index.js';
import type { CommitTable } from '../../../lambdas/stores/index.js';
import { cloud, unique } from '../../support/cloud.js';
import type { Intercept } from '../stores/postgres-rig.js';
import { product } from './command-rig.js';
import { sendCommand, type Answer, type SendOptions } from './send-command.js';
import type { Sent } from './view-rig.js';

const { ProductCreated, PriceChanged } = product.events;
const changed = z.object({ price: z.int(), note: z.string().optional() });

/** The commands under test. */
function commandsOn(options: DynamoDbCommandsOptions): CommandsHandler {
  return dynamodbCommands(
    product,
    {
      // Blind, with state beside its events.
      CreateProduct: dynamodbCommand(z.strictObject({ price: z.int().positive() }), ({ id, data, version }) => {
        if (version > 0) throw refusal('product-exists', `product ${id} exists`);
        return { events: ProductCreated(data), state: [newState('prices', id, data.price)] };
      }),
      // Blind, one event.
      SetPrice: dynamodbCommand(changed, ({ data }) => PriceChanged(data)),
      // Blind, several events.
      SetPrices: dynamodbCommand(z.object({ prices: z.array(z.int()) }), ({ data }) =>
        data.prices.map((price) => PriceChanged({ price })),
      ),
      // Looks at its history.
      ChangePrice: dynamodbCommand(changed, async ({ id, data, history }) => {
        const past = await history();
        if (past.length === 0) throw notFound(`product ${id}`);
        if (past.at(-1)?.data.price === data.price) throw refusal('price-unchanged', `product ${id} has this price`);
        return PriceChanged(data);
      }),
      // Looks at state that other entities' commands change as well.
      Count: dynamodbCommand(z.object({ counter: z.string() }), async ({ data, state }) => {
        const item = await state.get<number>('counters', data.counter);
        return {
          events: PriceChanged({ price: (item?.data ?? 0) + 1 }),
          state: [item ? changedState(item, item.data + 1) : newState('counters', data.counter, 1)],
        };
      }),
      DoNothing: dynamodbCommand(z.object({}), () => []),
    },
    options,
  );
}

/** A command handler on a commit table of its own, its requests counted. */
export class CommitRig {
  static async start(name: string, settings: Record<string, unknown> = {}): Promise<CommitRig> {
    await cloud();
    const table = unique(name);
    await new DynamoDBClient().send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'stream', KeyType: 'HASH' },
          { AttributeName: 'version', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: 'stream', AttributeType: 'S' },
          { AttributeName: 'version', AttributeType: 'S' },
        ],
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
      }),
    );
    return new CommitRig(table, settings);
  }

  readonly log: LogEntry[] = [];
  readonly store: CommitTable;
  /** What was sent to DynamoDB by the code under test. */
  readonly sent: Sent[] = [];
  private readonly handler: CommandsHandler;

  private constructor(
    readonly table: string,
    private readonly settings: Record<string, unknown>,
  ) {
    this.store = { table, client: this.client() };
    this.handler = this.container();
  }

  /** Options of a container of the function. */
  options(more: DynamoDbCommandsOptions & { settings?: Record<string, unknown> } = {}): DynamoDbCommandsOptions {
    const { settings = {}, ...options } = more;
    const environment = {
      DBPATTERNS_COMMANDS: JSON.stringify({
        service: 'catalog',
        stream: 'product',
        functionTimeout: 30,
        bodyLimit: 600_000,
        retentionDays: 7,
        tokenValidity: 86_400,
        store: 'COMMITS',
        ...this.settings,
        ...settings,
      }),
    };
    return { environment, store: this.store, log: (entry) => this.log.push(entry), ...options };
  }

  /** A command handler as another container would have it. */
  container(more: Parameters<CommitRig['options']>[0] = {}): CommandsHandler {
    return commandsOn(this.options(more));
  }

  send(path: string, body: unknown, options: SendOptions & { handler?: CommandsHandler } = {}): Promise<Answer> {
    return sendCommand(options.handler ?? this.handler, path, body, options);
  }

  /** The requests since the last question, and what they consumed. */
  counts(): { commands: string[]; write: number; read: number } {
    const sent = this.sent.splice(0);
    return {
      commands: sent.map(({ command }) => command),
      write: sent.reduce((sum, { write }) => sum + write, 0),
      read: sent.reduce((sum, { read }) => sum + read, 0),
    };
  }

  /** All items of the table. */
  async items(): Promise<Record<string, unknown>[]> {
    const client = DynamoDBDocumentClient.from(new DynamoDBClient());
    return (await client.send(new ScanCommand({ TableName: this.table, ConsistentRead: true }))).Items ?? [];
  }

  /** A client whose requests are counted; each may be made to fail. */
  client(intercept: Intercept = (_, call) => call()): DynamoDBDocumentClient {
    const client = new DynamoDBClient({ maxAttempts: 1 });
    client.middlewareStack.add(
      (next, context) => async (args) => {
        const command = (context.commandName ?? '').replace('Command', '');
        const input = { ...(args.input as Record<string, unknown>), ReturnConsumedCapacity: 'TOTAL' };
        const note = (capacity: ConsumedCapacity | ConsumedCapacity[] | undefined): void => {
          const total = [capacity ?? []].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
          const isRead = /Get|Query|Scan/.test(command);
          this.sent.push({ command, input, write: isRead ? 0 : total, read: isRead ? total : 0 });
        };
        let result: Awaited<ReturnType<typeof next>> | undefined;
        try {
          return await intercept(command, async () => (result = await next({ ...args, input })));
        } finally {
          const output = result?.output as { ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[] } | undefined;
          note(output?.ConsumedCapacity);
        }
      },
      { step: 'initialize', name: 'count' },
    );
    return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  }
}
