import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import {
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  PutEventsCommand,
} from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { App } from 'aws-cdk-lib/core';
import { type Baskets, readBaskets } from '../../../examples/storefront/demo/baskets.js';
import { type Answer, send, signedClient } from '../../../examples/storefront/demo/client.js';
import type { Outputs } from '../../../examples/storefront/demo/deployed.js';
import { readView, type View } from '../../../examples/storefront/demo/views.js';
import { type Committed, readSales, type SalesModel } from '../../../examples/storefront/demo/write-model.js';
import { storefront } from '../../../examples/storefront/services/app.js';
import { postgresAt, type PostgresClient } from '../../../lambdas/stores/index.js';
import { deploy, type LocalCloud } from '../../../local/index.js';
import { unique } from '../../support/unique.js';
import { Ledger } from './ledger.js';

/** A commit as it travels. */
export interface Envelope {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly version: number;
  readonly data?: { readonly events: { readonly type: string; readonly v: number; readonly data: unknown }[] };
}

/** A storefront of a test file's own, deployed. */
export class Shop {
  /** The commands that were acknowledged. */
  readonly ledger = new Ledger();

  private constructor(
    readonly outputs: Outputs,
    readonly catalog: PostgresClient,
    readonly insights: PostgresClient,
    readonly urls: Record<'product' | 'sale' | 'browse' | 'insights' | 'baskets', string>,
    /** Physical ids by type and logical id: `AWS::SQS::Queue BrowseProductsQueue1A2B3C4D`. */
    readonly resources: ReadonlyMap<string, string>,
    private readonly request: ReturnType<typeof signedClient>,
  ) {}

  /**
   * Deploys a storefront to this cloud, under a name and with databases of its own.
   *
   * @param also - adds to the app what the shop does not have
   */
  static async open(running: LocalCloud, also: (app: App) => App = (app) => app): Promise<Shop> {
    const database = (name: string) => running.createDatabase(unique(name, '_'));
    const [catalog, insights] = [await database('catalog'), await database('insights')];
    const stackName = unique('Storefront');
    const databases = {
      catalog: { ...catalog, databaseName: catalog.database },
      insights: { ...insights, databaseName: insights.database },
    };
    const deployed = await deploy({
      cloud: running,
      app: (outdir) => also(storefront({ outdir, stackName, databases, development: true })),
    });
    const outputs = deployed[stackName] as unknown as Outputs;
    const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = running.environment;
    return new Shop(
      outputs,
      postgresAt(catalog),
      postgresAt(insights),
      {
        product: running.httpUrl(outputs.CatalogUrl),
        sale: running.httpUrl(outputs.SalesUrl),
        browse: running.httpUrl(outputs.BrowseUrl),
        insights: running.httpUrl(outputs.InsightsUrl),
        baskets: running.httpUrl(outputs.BasketsUrl),
      },
      await resourcesOf(stackName),
      signedClient({ region: running.region, credentials: { accessKeyId, secretAccessKey } }),
    );
  }

  /** Sends a command. What is acknowledged goes into the ledger. */
  async send(stream: 'product' | 'sale', id: string, name: string, data: unknown, more: More = {}): Promise<Answer> {
    const { key = unique('key'), headers = {}, unsigned = false } = more;
    const url = `${this.urls[stream]}${stream}/${id}/${name}`;
    const body = typeof data === 'string' ? data : JSON.stringify(data);
    const all = { 'content-type': 'application/json', ...(key === '' ? {} : { 'idempotency-key': key }), ...headers };
    const answer = await (unsigned ? send : this.request)(url, { method: 'POST', headers: all, body });
    if (answer.status === 200) this.ledger.note({ id, name, key, data });
    return answer;
  }

  /** Reads from the shop's APIs. */
  read(api: 'browse' | 'insights' | 'baskets', path: string, token?: string): Promise<Answer> {
    return this.request(
      `${this.urls[api]}${path}`,
      token === undefined ? {} : { headers: { 'x-consistency-token': token } },
    );
  }

  listing(): Promise<View> {
    return readView(this.outputs.ListingTable, 'productId');
  }

  totals(): Promise<View> {
    return readView(this.outputs.TotalsTable, 'day');
  }

  baskets(): Promise<Baskets> {
    return readBaskets(this.insights);
  }

  /** What the table of sales holds: its commits, and what is left of each sale. */
  sales(): Promise<SalesModel & Committed> {
    return readSales(this.outputs.InvoicesTable);
  }

  /** The commits of a stream, from its publisher's history. */
  async commits(stream: string): Promise<Envelope[]> {
    const history = stream.startsWith('product/') ? 'CatalogProductsOutboxHistory' : 'SalesInvoicesOutboxHistory';
    const { commits } = (await this.invoke(history, { stream, from: 1 })) as { commits: Envelope[] };
    return commits;
  }

  /** Puts commits on the bus, each as an entry of its own, one after the other. */
  async publish(envelopes: readonly Envelope[]): Promise<void> {
    const client = new EventBridgeClient();
    for (const envelope of envelopes) {
      const entry = {
        EventBusName: this.physical('EventsBus', 'AWS::Events::EventBus'),
        Source: envelope.source,
        DetailType: envelope.type,
        Detail: JSON.stringify(envelope),
      };
      await client.send(new PutEventsCommand({ Entries: [entry] }));
    }
    client.destroy();
  }

  /** Keeps events from a projection while something is done: what is published meanwhile is lost to it. */
  async withheld(
    projection: 'BrowseProducts' | 'InsightsSales' | 'InsightsBoughtTogether',
    run: () => Promise<void>,
  ): Promise<void> {
    const client = new EventBridgeClient();
    const [name = '', bus] = this.physical(`${projection}Rule`, 'AWS::Events::Rule').split('|').reverse();
    const rule = { Name: name, EventBusName: bus ?? this.physical('EventsBus', 'AWS::Events::EventBus') };
    await client.send(new DisableRuleCommand(rule));
    try {
      await run();
    } finally {
      await client.send(new EnableRuleCommand(rule));
      client.destroy();
    }
  }

  /** How many messages a queue holds: those that are due, those that are delayed, and those that somebody works on. */
  async messages(prefix: string): Promise<number> {
    const client = new SQSClient();
    const { Attributes = {} } = await client.send(
      new GetQueueAttributesCommand({
        QueueUrl: this.physical(prefix, 'AWS::SQS::Queue'),
        AttributeNames: [
          'ApproximateNumberOfMessages',
          'ApproximateNumberOfMessagesDelayed',
          'ApproximateNumberOfMessagesNotVisible',
        ],
      }),
    );
    client.destroy();
    return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
  }

  /** Sends a message to a queue. */
  async message(prefix: string, body: unknown): Promise<void> {
    const client = new SQSClient();
    const QueueUrl = this.physical(prefix, 'AWS::SQS::Queue');
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(body) }));
    client.destroy();
  }

  /** Calls a function by the beginning of its logical id. */
  async invoke(prefix: string, payload: unknown): Promise<unknown> {
    const client = new LambdaClient();
    const { Payload, FunctionError } = await client.send(
      new InvokeCommand({
        FunctionName: this.physical(prefix, 'AWS::Lambda::Function'),
        Payload: Buffer.from(JSON.stringify(payload)),
      }),
    );
    client.destroy();
    const text = Buffer.from(Payload ?? []).toString();
    if (FunctionError !== undefined) throw new Error(`${prefix}: ${FunctionError} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** The physical id of the one resource of this type whose logical id begins so. */
  physical(prefix: string, type: string): string {
    const found = [...this.resources].filter(([key]) => key.startsWith(`${type} ${prefix}`));
    if (found.length !== 1) throw new Error(`${found.length} resources of ${type} begin with ${prefix}`);
    return found[0]![1];
  }
}

/** How a command is sent. */
export interface More {
  /** Default: a new one; the empty text leaves it out. */
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly unsigned?: boolean;
}

async function resourcesOf(stackName: string): Promise<Map<string, string>> {
  const client = new CloudFormationClient();
  const found = new Map<string, string>();
  for await (const { StackResourceSummaries = [] } of paginateListStackResources(
    { client },
    { StackName: stackName },
  )) {
    for (const { ResourceType, LogicalResourceId, PhysicalResourceId } of StackResourceSummaries) {
      found.set(`${ResourceType} ${LogicalResourceId}`, PhysicalResourceId ?? '');
    }
  }
  client.destroy();
  return found;
}
