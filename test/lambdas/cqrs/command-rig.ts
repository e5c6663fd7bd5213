import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { z } from 'zod';
import { command, commands, notFound, parseEnvelope, refusal, stream, v1 } from '../../../lambdas/cqrs/index.js';
import type { CommandsOptions, Envelope, LogEntry } from '../../../lambdas/cqrs/index.js';
import { relay, type RelayReport } from '../../../lambdas/cqrs/relay.js';
import { sql } from '../../../lambdas/stores/index.js';
import { unique } from '../../support/cloud.js';
import { PostgresRig } from '../stores/postgres-rig.js';
import { sendCommand, type Answer, type SendOptions } from './send-command.js';

const created = z.object({ price: z.int() });
const changed = z.object({ price: z.int(), note: z.string().optional() });

/** The contract of the stream under test. */
export const product = stream('product', { ProductCreated: v1(created), PriceChanged: v1(changed) });
const { ProductCreated, PriceChanged } = product.events;

/** Commands in both forms, and such that refuse. */
export const handlers = {
  CreateProduct: command(z.strictObject({ price: z.int().positive() }), ({ id, data }) => ({
    statements: [
      sql('insert into product (id, price) values (:id, :price)', { id, price: data.price }),
      sql('insert into price_change (product, price) values (:id, :price)', { id, price: data.price }),
    ],
    events: [ProductCreated(data)],
  })),
  SetPrice: command(changed, ({ id, data }) => ({
    statements: [
      sql(
        'update product set price = :price where id = :id',
        { id, price: data.price },
        { rows: 1, otherwise: notFound(`product ${id}`) },
      ),
    ],
    events: PriceChanged(data),
  })),
  ChangePrice: command(changed, async ({ tx, id, data }) => {
    const [row] = await tx.query<{ price: number }>('select price from product where id = :id for update', { id });
    if (!row) throw notFound(`product ${id}`);
    if (row.price === data.price) throw refusal('price-unchanged', `product ${id} has this price`);
    await tx.query('update product set price = :price where id = :id', { id, price: data.price });
    return PriceChanged(data);
  }),
  SetPrices: command(z.object({ prices: z.array(z.int()) }), ({ data }) =>
    data.prices.map((price) => PriceChanged({ price })),
  ),
  DoNothing: command(z.object({}), () => ({ statements: [sql('select 1')], events: [] })),
};

/** A command handler on the real engines, with its bus, its sweep queue and a subscriber. */
export class CommandRig {
  static async start(name: string, settings: Record<string, unknown> = {}): Promise<CommandRig> {
    const store = await (await PostgresRig.start(name)).migrated();
    const bus = unique(name);
    const sqs = new SQSClient();
    const eventBridge = new EventBridgeClient();
    const queue = async (queueName: string): Promise<string> =>
      (await sqs.send(new CreateQueueCommand({ QueueName: queueName }))).QueueUrl!;
    const [sweeps, received] = await Promise.all([queue(`${bus}-sweeps`), queue(`${bus}-received`)]);
    await eventBridge.send(new CreateEventBusCommand({ Name: bus }));
    await eventBridge.send(
      new PutRuleCommand({
        Name: bus,
        EventBusName: bus,
        EventPattern: JSON.stringify({ 'detail-type': ['product'] }),
      }),
    );
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: received, AttributeNames: ['QueueArn'] }),
    );
    const Targets = [{ Id: 'received', Arn: Attributes!['QueueArn']! }];
    await eventBridge.send(new PutTargetsCommand({ Rule: bus, EventBusName: bus, Targets }));
    const { secretArn } = await store.login('commands');
    const environment = {
      DBPATTERNS_COMMANDS: JSON.stringify({
        service: 'catalog',
        stream: 'product',
        bus,
        sweepQueue: sweeps,
        functionTimeout: 30,
        entryLimit: 262_144,
        bodyLimit: 262_144,
        retentionDays: 7,
        tokenValidity: 86_400,
        store: 'PRODUCTS',
        ...settings,
      }),
      DBPATTERNS_STORE_PRODUCTS: JSON.stringify({ kind: 'postgres', ...store.address, secretArn }),
    };
    const database = await store.as('commands');
    return new CommandRig(store, { environment, database }, { bus, sweeps, received }, sqs, eventBridge);
  }

  readonly log: LogEntry[] = [];
  private readonly handler: ReturnType<typeof commands>;

  private constructor(
    readonly store: PostgresRig,
    private readonly options: CommandsOptions,
    readonly names: { readonly bus: string; readonly sweeps: string; readonly received: string },
    readonly sqs: SQSClient,
    readonly eventBridge: EventBridgeClient,
  ) {
    this.handler = this.container();
  }

  /** A command handler as another container would have it. */
  container(options: CommandsOptions = {}): ReturnType<typeof commands> {
    return commands(product, handlers, { ...this.options, log: (entry) => this.log.push(entry), ...options });
  }

  /** A command handler with other commands. */
  containerOf(others: Parameters<typeof commands<typeof product.contract>>[1]): ReturnType<typeof commands> {
    return commands(product, others, { ...this.options, log: (entry) => this.log.push(entry) });
  }

  /** The environment of a container, with other settings. */
  environment(settings: Record<string, unknown>): Record<string, string | undefined> {
    const { environment = {} } = this.options;
    const given = JSON.parse(environment['DBPATTERNS_COMMANDS'] ?? '{}') as object;
    return { ...environment, DBPATTERNS_COMMANDS: JSON.stringify({ ...given, ...settings }) };
  }

  /** Sends a command as API Gateway would. */
  send(
    path: string,
    body: unknown,
    options: SendOptions & { handler?: ReturnType<typeof commands> } = {},
  ): Promise<Answer> {
    return sendCommand(options.handler ?? this.handler, path, body, options);
  }

  /** Runs the relay once, over the real queue and bus. */
  async relay(
    options: {
      eventBridge?: Pick<EventBridgeClient, 'send'>;
      remaining?: number;
      entryLimit?: number;
      historyDays?: number;
    } = {},
  ): Promise<RelayReport> {
    const { eventBridge = this.eventBridge, remaining = 30_000, entryLimit = 262_144, historyDays = 730 } = options;
    return relay({
      db: await this.store.as('relay'),
      bus: { client: eventBridge, bus: this.names.bus, service: 'catalog', entryLimit },
      queue: { client: this.sqs, url: this.names.sweeps, service: 'catalog' },
      store: 'PRODUCTS',
      retentionDays: 7,
      historyDays,
      remaining: () => remaining,
      log: (entry) => this.log.push(entry),
    });
  }

  /** The envelopes of these entities that subscribers got; waits until as many have come. Others are dropped. */
  async received(prefix: string, count: number, wait = 5_000): Promise<Envelope[]> {
    const found: Envelope[] = [];
    const started = performance.now();
    while (found.length < count && performance.now() - started < wait) {
      const { Messages = [] } = await this.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: this.names.received, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
      );
      for (const { Body, ReceiptHandle } of Messages) {
        const envelope = parseEnvelope((JSON.parse(Body!) as { detail: unknown }).detail);
        if (envelope.subject.startsWith(`product/${prefix}`)) found.push(envelope);
        await this.sqs.send(new DeleteMessageCommand({ QueueUrl: this.names.received, ReceiptHandle }));
      }
    }
    return found;
  }

  /** How many sweeps wait in the queue. */
  async sweeps(): Promise<number> {
    const { Attributes } = await this.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.names.sweeps, AttributeNames: ['All'] }),
    );
    return (
      Number(Attributes!['ApproximateNumberOfMessages']) + Number(Attributes!['ApproximateNumberOfMessagesDelayed'])
    );
  }

  /** The outbox as it is stored. */
  async outbox(): Promise<{ stream: string; version: number; published: boolean }[]> {
    return this.store.direct(async (client) => {
      const text = 'select stream, version, published_at is not null as published from dbpatterns.outbox order by 1, 2';
      return (await client.query<{ stream: string; version: number; published: boolean }>(text)).rows;
    });
  }

  /** Ends all leases, as if time had passed. */
  async endLeases(): Promise<void> {
    await this.store.direct((client) =>
      client.query(
        "update dbpatterns.outbox set leased_until = now() - interval '1 s', created_at = now() - interval '1 h'",
      ),
    );
  }
}
