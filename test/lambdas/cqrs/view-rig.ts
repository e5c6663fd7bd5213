import {
  CreateTableCommand,
  DynamoDBClient,
  type ConsumedCapacity,
  type CreateTableCommandInput,
} from '@aws-sdk/client-dynamodb';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  type Message,
} from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, PutCommand, ScanCommand, type PutCommandInput } from '@aws-sdk/lib-dynamodb';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import {
  HistoryExpiredError,
  HistoryUnavailableError,
  type Envelope,
  type HistoryReader,
  type HistorySegments,
  type IndexedTable,
  type LogEntry,
  type ProjectionOptions,
} from '../../../lambdas/cqrs/index.js';
import { cloud, unique } from '../../support/cloud.js';

/** A request to DynamoDB and what it consumed. */
export interface Sent {
  readonly command: string;
  readonly input: Record<string, unknown>;
  readonly write: number;
  readonly read: number;
}

export interface RigOptions {
  readonly kind: 'entity' | 'aggregate' | 'reaction';
  readonly stream: string;
  readonly partitionKey?: string;
  readonly sortKey?: string;
  readonly indexes?: IndexedTable['indexes'];
  readonly parkAfter?: number;
  readonly maxReceiveCount?: number;
}

/** The value of the key of the generations' record, marshalled or not. */
const KEY_OF_RECORD = /:(\{"S":)?"_generation"/;

type Handler = (event: SQSEvent) => Promise<SQSBatchResponse>;

/** A view's table and a projection's queue on the real engines, and the streams that it follows. */
export class ViewRig {
  static async start(options: RigOptions): Promise<ViewRig> {
    await cloud();
    const sqs = new SQSClient({});
    const name = unique('view');
    const queue = async (suffix: string, attributes: Record<string, string>): Promise<string> => {
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name + suffix, Attributes: attributes }));
      return QueueUrl!;
    };
    const deadLetters = await queue('-dead', {});
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: deadLetters, AttributeNames: ['QueueArn'] }),
    );
    const url = await queue('', {
      VisibilityTimeout: '30',
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: Attributes!['QueueArn'],
        maxReceiveCount: options.maxReceiveCount ?? 10,
      }),
    });
    const rig = new ViewRig(name, url, deadLetters, sqs, options);
    await rig.makeTable();
    return rig;
  }

  readonly table: IndexedTable;
  /** What was sent to DynamoDB by the code under test. */
  readonly sent: Sent[] = [];
  /** What is asked of the generations' record, counted apart: a read per 2 s and container, a write when it is first fed. */
  readonly records: Sent[] = [];
  readonly log: LogEntry[] = [];
  /** What the publisher's history holds. */
  readonly commits: Envelope[] = [];
  /** The history that was asked for: `product/1:3`. */
  readonly asked: string[] = [];
  historyIsAway = false;
  /** Per stream the oldest version that history has not cleaned up. */
  readonly oldest = new Map<string, number>();
  /** Done while the commits of history are counted. */
  whileCounting?: () => Promise<void>;
  /** Called before each request to DynamoDB; what it throws, DynamoDB answers. */
  fault: (command: string, input: Record<string, unknown>) => void | Promise<void> = () => undefined;

  private constructor(
    private readonly name: string,
    readonly queueUrl: string,
    readonly deadLetterUrl: string,
    private readonly sqs: SQSClient,
    private readonly rig: RigOptions,
  ) {
    const { partitionKey = 'id', sortKey, indexes = [] } = rig;
    this.table = { table: name, partitionKey, sortKey, indexes, client: this.countingClient() };
  }

  /** Options for `projection` or `aggregate`. */
  options(more: Partial<ProjectionOptions> = {}): ProjectionOptions {
    const { kind, stream, parkAfter = 3 } = this.rig;
    const settings = { name: 'test/View', service: 'shop', stream, kind, queue: this.queueUrl, history: 'none' };
    return {
      environment: { DBPATTERNS_PROJECTION: JSON.stringify({ ...settings, parkAfter, store: 'VIEW' }) },
      table: this.table,
      history: this.history,
      segments: this.segments,
      log: (entry) => this.log.push(entry),
      ...more,
    };
  }

  /** Two commits a page, so that paging is part of every test. */
  readonly history: HistoryReader = async (stream, from) => {
    this.asked.push(`${stream}:${from}`);
    if (this.historyIsAway) throw new HistoryUnavailableError('history is away');
    const oldest = this.oldest.get(stream) ?? 1;
    if (from < oldest) throw new HistoryExpiredError(stream, oldest);
    const rest = this.commits.filter(({ subject, version }) => subject === stream && version >= from);
    rest.sort((a, b) => a.version - b.version);
    return { commits: rest.slice(0, 2), more: rest.length > 2 };
  };

  /** Three commits a page, so that pages end in the middle of streams; a stream's segment comes from its name. */
  readonly segments: HistorySegments = {
    page: async ({ segment, segments, cursor = '', most = 3 }) => {
      if (this.historyIsAway) throw new HistoryUnavailableError('history is away');
      const placeOf = ({ subject, version }: Envelope): string => `${subject}@${String(version).padStart(10, '0')}`;
      const sum = (text: string): number => Array.from(text).reduce((total, letter) => total + letter.charCodeAt(0), 0);
      const left = this.commits.filter(({ subject, version }) => version >= (this.oldest.get(subject) ?? 1));
      const rest = left.filter((one) => sum(one.subject) % segments === segment && placeOf(one) > cursor);
      rest.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
      const commits = rest.slice(0, Math.min(3, most));
      const more = rest.length > commits.length;
      return { commits, ...(more ? { cursor: placeOf(commits.at(-1)!) } : {}) };
    },
    count: async () => {
      if (this.historyIsAway) throw new HistoryUnavailableError('history is away');
      await this.whileCounting?.();
      return { commits: this.commits.length, exact: true };
    },
  };

  /** Publishes the next commit of a stream: history has it, and it can be sent. */
  commit(stream: string, ...events: readonly { type: string; v: number; data: unknown }[]): Envelope {
    const version = 1 + this.commits.filter(({ subject }) => subject === stream).length;
    const envelope: Envelope = {
      specversion: '1.0',
      id: `${stream}@${version}`,
      source: 'shop',
      type: stream.slice(0, stream.indexOf('/')),
      subject: stream,
      time: '2010-12-01T08:26:00.000Z',
      datacontenttype: 'application/json',
      format: 1,
      version,
      correlationid: 'correlation',
      causationid: `command-${version}`,
      data: { events },
    };
    this.commits.push(envelope);
    return envelope;
  }

  /** An event as Lambda gives it to a handler, without the queue. */
  event(envelopes: readonly Envelope[], receives = 1): SQSEvent {
    return {
      Records: envelopes.map((envelope, n) => record({ MessageId: `m${n}`, Body: bodyOf(envelope) }, receives)),
    };
  }

  async send(envelopes: readonly (Envelope | string)[]): Promise<void> {
    for (const envelope of envelopes) {
      const MessageBody = typeof envelope === 'string' ? envelope : bodyOf(envelope);
      await this.sqs.send(new SendMessageCommand({ QueueUrl: this.queueUrl, MessageBody }));
    }
  }

  /** Does what Lambda does for a queue: receives, invokes, deletes what did not fail, until nothing is left. */
  async pump(handler: Handler, seconds = 20): Promise<void> {
    const end = Date.now() + seconds * 1000;
    while (Date.now() < end) {
      const { Messages = [] } = await this.sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: this.queueUrl,
          MaxNumberOfMessages: 10,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['ApproximateReceiveCount'],
        }),
      );
      if (Messages.length === 0) {
        if ((await this.waiting(this.queueUrl)) === 0) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
        continue;
      }
      const { batchItemFailures } = await handler({ Records: Messages.map((message) => record(message)) });
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      for (const { MessageId, ReceiptHandle } of Messages) {
        if (failed.has(MessageId!)) continue;
        await this.sqs.send(new DeleteMessageCommand({ QueueUrl: this.queueUrl, ReceiptHandle }));
      }
    }
    throw new Error(`messages are left after ${seconds} s`);
  }

  /** Messages in a queue, visible or not. */
  async waiting(url: string): Promise<number> {
    const answer = await this.sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
    const counts = Object.entries(answer.Attributes ?? {}).filter(([name]) => name.startsWith('ApproximateNumber'));
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  }

  /** All items of the table by their partition key, without the record of its generations and what names the parked. */
  async items(): Promise<Record<string, Record<string, unknown>>> {
    const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
    const { Items = [] } = await client.send(new ScanCommand({ TableName: this.name, ConsistentRead: true }));
    const { partitionKey, sortKey } = this.table;
    const keyOf = (item: Record<string, unknown>): string =>
      [item[partitionKey], ...(sortKey === undefined || item[sortKey] === '#' ? [] : [item[sortKey]])].join('|');
    const hidden = /^(_g\d+#)?(_generation|_parked#$)/;
    return Object.fromEntries(Items.map((item) => [keyOf(item), item] as const).filter(([key]) => !hidden.test(key)));
  }

  /** Puts an item past the kit. */
  async tamper(item: Record<string, unknown>): Promise<void> {
    await DynamoDBDocumentClient.from(new DynamoDBClient({})).send(
      new PutCommand({ TableName: this.name, Item: item }),
    );
  }

  /** Sends a put that the code under test is about to send. */
  async repeat(input: object): Promise<void> {
    await DynamoDBDocumentClient.from(new DynamoDBClient({})).send(new PutCommand(input as PutCommandInput));
  }

  private async makeTable(): Promise<void> {
    const { partitionKey, sortKey, indexes } = this.table;
    const keys = (hash: string, range?: string) => [
      { AttributeName: hash, KeyType: 'HASH' as const },
      ...(range === undefined ? [] : [{ AttributeName: range, KeyType: 'RANGE' as const }]),
    ];
    const names = [partitionKey, sortKey, ...indexes.flatMap((index) => [index.partitionKey, index.sortKey])];
    const input: CreateTableCommandInput = {
      TableName: this.name,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: keys(partitionKey, sortKey),
      AttributeDefinitions: [...new Set(names.filter((name) => name !== undefined))].map((AttributeName) => ({
        AttributeName,
        AttributeType: AttributeName === 'price' ? 'N' : 'S',
      })),
      GlobalSecondaryIndexes: indexes.map((index) => ({
        IndexName: index.name,
        KeySchema: keys(index.partitionKey, index.sortKey),
        Projection: { ProjectionType: 'ALL' },
      })),
    };
    if (indexes.length === 0) delete input.GlobalSecondaryIndexes;
    await new DynamoDBClient({}).send(new CreateTableCommand(input));
  }

  private countingClient(): DynamoDBDocumentClient {
    const client = new DynamoDBClient({ maxAttempts: 1 });
    client.middlewareStack.add(
      (next, context) => async (args) => {
        const command = (context.commandName ?? '').replace('Command', '');
        const input: Record<string, unknown> = { ...args.input, ReturnConsumedCapacity: 'INDEXES' };
        const note = (capacity: ConsumedCapacity | ConsumedCapacity[] | undefined): void => {
          const all = [capacity ?? []].flat();
          const total = all.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
          const writes = !/Get|Query/.test(command);
          const isRecord =
            /^(Get|Put)Item$/.test(command) && KEY_OF_RECORD.test(JSON.stringify(input['Key'] ?? input['Item']));
          (isRecord ? this.records : this.sent).push({
            command,
            input,
            write: writes ? total : 0,
            read: writes ? 0 : total,
          });
        };
        try {
          await this.fault(command, input);
          const result = await next({ ...args, input });
          note((result.output as { ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[] }).ConsumedCapacity);
          return result;
        } catch (error) {
          note(undefined);
          throw error;
        }
      },
      { step: 'initialize', name: 'count' },
    );
    return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  }
}

/** The names of the requests that were sent, and what they consumed. */
export function requests(sent: readonly Sent[]): { commands: string[]; write: number; read: number } {
  return {
    commands: sent.map(({ command }) => command),
    write: sent.reduce((sum, { write }) => sum + write, 0),
    read: sent.reduce((sum, { read }) => sum + read, 0),
  };
}

/** The same list in another order, the same one for the same seed. */
export function shuffled<T>(list: readonly T[], seed: number): T[] {
  let state = seed;
  const keyed = list.map((item) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return { item, key: state };
  });
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

function bodyOf(envelope: Envelope): string {
  return JSON.stringify({ source: envelope.source, 'detail-type': envelope.type, detail: envelope });
}

function record(message: Message, receives?: number): SQSRecord {
  const messageAttributes: SQSRecord['messageAttributes'] = {};
  for (const [name, { StringValue, DataType = 'String' }] of Object.entries(message.MessageAttributes ?? {})) {
    messageAttributes[name] = { stringValue: StringValue, dataType: DataType };
  }
  return {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    attributes: {
      ApproximateReceiveCount: String(receives ?? message.Attributes?.ApproximateReceiveCount ?? 1),
      SentTimestamp: '0',
      SenderId: '',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes,
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: '',
    awsRegion: '',
  };
}
