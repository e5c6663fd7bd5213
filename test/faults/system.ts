import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { DescribeStateMachineCommand, SFNClient, UpdateStateMachineCommand } from '@aws-sdk/client-sfn';
import { SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import pg from 'pg';
import { bootstrap, startLocalCloud, type StartedCloud } from '../../local/index.js';
import { Shop } from '../examples/storefront/shop.js';
import type { Call } from './calls.js';
import { Gateway } from './gateway.js';
import { watchingBus, type Sent } from './obstacles.js';
import { addPriceDays, bundlePriceDays } from './price-days/price-days.js';
import { TARGETS, type Target } from './schedule.js';
import { VIEW_NAMES, VIEWS } from './views.js';
import { kill, sessionsIn, withPort, workersIn, type Worker } from './workers.js';

/** The name under which requests of clients pass the gateway. */
export const CLIENTS = 'clients';

/**
 * A message that a killed function had comes again so many seconds after the function could have been running at the
 * latest. The shop's own time is six times its functions' time-out, as AWS advises, and nobody waits three minutes here.
 */
const VISIBLE_AFTER = 2;

/** A step of a rebuild that was killed is tried again after so many seconds, half of what the state machine waits. */
const TRIED_AGAIN = 1;

/**
 * The least and the most that functions of views have for a time-out, in seconds. A rebuild waits until none of them can
 * still be running, so it is short; and where other programs have the cores, functions that are ended as they begin would
 * never get anywhere.
 */
const VIEW_TIMEOUT = { least: 3, most: 10 };

/** The storefront on real engines, with a gateway between its functions and everything that they call. */
export class System {
  /** Everything that the bus took, as text of envelopes, in the order of its answers. */
  readonly sent: string[] = [];
  private readonly everSent = new Set<string>();
  private numbers = 10_000;
  private invoices = 100_000;

  private constructor(
    readonly cloud: StartedCloud,
    readonly shop: Shop,
    readonly gateway: Gateway,
    /** Logical ids of functions by their physical names. */
    private readonly functions: ReadonlyMap<string, string>,
    /** The address of AWS for clients. */
    readonly entrance: string,
    private readonly directory: string,
  ) {
    const onSent = ({ detail }: Sent): void => {
      this.sent.push(detail);
      this.everSent.add((JSON.parse(detail) as { id: string }).id);
    };
    gateway.add(watchingBus(onSent), 'service');
  }

  /** Starts a cloud of its own and deploys the storefront. */
  static async start(say: (message: string) => void, cacheDirectory?: string): Promise<System> {
    const directory = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-faults-'));
    fs.chmodSync(directory, 0o755);
    say('starting a local cloud');
    const cloud = await startLocalCloud({
      stateDirectory: join(directory, 'cloud'),
      persist: true,
      ...(cacheDirectory === undefined ? {} : { cacheDirectory }),
      onFailure: (reason) => say(`the local cloud is gone: ${reason}`),
    });
    const gateway = new Gateway();
    try {
      Object.assign(process.env, cloud.environment);
      await bootstrap(cloud);
      say('deploying the storefront');
      const bundle = await bundlePriceDays(directory);
      const shop = await Shop.open(cloud, (app) => addPriceDays(app, bundle));
      const functions = new Map(
        [...shop.resources].flatMap(([id, name]) => {
          const [type, logical = ''] = id.split(' ');
          return type === 'AWS::Lambda::Function' ? [[name, logical] as const] : [];
        }),
      );
      const began = performance.now();
      await warm(shop);
      const viewTimeout = timeoutFor((performance.now() - began) / 1000);
      await leadThrough(gateway, cloud, functions, viewTimeout);
      await hideBriefly(shop, viewTimeout + VISIBLE_AFTER);
      await tryAgainSoon(shop);
      const entrance = await gateway.open(CLIENTS, 'AWS', cloud.endpoint);
      await warm(shop);
      return new System(cloud, shop, gateway, functions, entrance, directory);
    } catch (error) {
      await gateway.close();
      await cloud.stop();
      fs.rmSync(directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** The address of one of the shop's APIs, through the gateway. */
  url(api: keyof Shop['urls']): string {
    return this.shop.urls[api].replace(this.cloud.endpoint, this.entrance);
  }

  /** A product's code that no run has used. */
  nextNumber(): string {
    return String((this.numbers += 1));
  }

  /** The number of an invoice that no run has used. */
  nextInvoice(): string {
    return String((this.invoices += 1));
  }

  /** Whether a caller is one of those that a fault is for. */
  isOf(caller: string, target: Target | 'the clients'): boolean {
    if (target === 'the clients') return caller === CLIENTS;
    return caller !== CLIENTS && TARGETS[target].test(caller);
  }

  /** The processes in which these functions run now. */
  workersOf(target: Target): Worker[] {
    return workersIn(this.cloud.stateDirectory).filter(({ functionName }) =>
      TARGETS[target].test(this.functions.get(functionName) ?? ''),
    );
  }

  /** Ends the process that made a call; whether it was found. */
  killCaller({ port }: Call): boolean {
    const worker = withPort(port, workersIn(this.cloud.stateDirectory));
    return worker !== undefined && kill(worker);
  }

  /** Whether the bus has taken a commit. */
  isSent({ stream, version }: { readonly stream: string; readonly version: number }): boolean {
    return this.everSent.has(`${stream}@${version}`);
  }

  /** Asks a service's database itself, not the Data API and not as the service. */
  async sql(service: string, question: string): Promise<Record<string, unknown>[]> {
    const databases = Object.entries(this.cloud.databases);
    const url = databases.find(([name]) => name.startsWith(`${service}_`))?.[1].url;
    const client = new pg.Client({ connectionString: url });
    // The server may be killed under it: then the question fails.
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(question)).rows;
    } finally {
      await client.end();
    }
  }

  /** Ends a session of PostgreSQL at once; the server then ends all others, and recovers. Whether there was one. */
  killSession(): boolean {
    return sessionsIn(this.cloud.stateDirectory).some((pid) => kill({ pid }));
  }

  async stop(): Promise<void> {
    await this.gateway.close();
    await this.cloud.stop();
    fs.rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Gives each function a door of its own to AWS and to the Data API: where it finds them is its configuration. */
async function leadThrough(
  gateway: Gateway,
  { endpoint, dataApiEndpoint }: StartedCloud,
  functions: ReadonlyMap<string, string>,
  viewTimeout: number,
): Promise<void> {
  const client = new LambdaClient();
  for (const [FunctionName, caller] of functions) {
    const aws = await gateway.open(caller, 'AWS', endpoint);
    const database = await gateway.open(caller, 'the Data API', dataApiEndpoint);
    const { Environment } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    const isView = VIEW_NAMES.some((name) => TARGETS[name].test(caller));
    // The address of a queue names the emulator, and the SDK goes where it says.
    const own = Object.entries(Environment?.Variables ?? {}).map(([name, value]) => [
      name,
      withTimeout(name, value.replaceAll(endpoint, aws), viewTimeout),
    ]);
    const Variables: Record<string, string> = {
      ...(Object.fromEntries(own) as Record<string, string>),
      AWS_ENDPOINT_URL: aws,
      AWS_ENDPOINT_URL_RDS_DATA: database,
    };
    const Timeout = isView ? { Timeout: viewTimeout } : {};
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables }, ...Timeout }));
  }
  client.destroy();
}

/** Has each function that clients call started once, by calls that change nothing. */
async function warm(shop: Shop): Promise<void> {
  await Promise.all([
    shop.send('product', '10000', 'ChangePrice', {}),
    shop.send('sale', '100000', 'RegisterSale', {}),
    shop.read('browse', 'products/10000'),
    shop.read('insights', 'days/2010-12-01/Nowhere'),
    shop.read('baskets', 'products/10000/bought-with'),
  ]);
}

/** How long a view's function may take on a machine on which the shop took so long to start, both in seconds. */
function timeoutFor(start: number): number {
  return Math.min(VIEW_TIMEOUT.most, Math.max(VIEW_TIMEOUT.least, Math.ceil(2 * start)));
}

/** What a projection's function is told about its time-out. */
function withTimeout(variable: string, value: string, functionTimeout: number): string {
  if (variable !== 'DBPATTERNS_PROJECTION') return value;
  return JSON.stringify({ ...(JSON.parse(value) as object), functionTimeout });
}

async function hideBriefly(shop: Shop, seconds: number): Promise<void> {
  const client = new SQSClient();
  for (const { projection } of Object.values(VIEWS)) {
    const QueueUrl = shop.physical(`${projection}Queue`, 'AWS::SQS::Queue');
    const Attributes = { VisibilityTimeout: String(seconds) };
    await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
  }
  client.destroy();
}

async function tryAgainSoon(shop: Shop): Promise<void> {
  const client = new SFNClient();
  for (const { projection } of Object.values(VIEWS)) {
    const stateMachineArn = shop.physical(projection, 'AWS::StepFunctions::StateMachine');
    const { definition = '' } = await client.send(new DescribeStateMachineCommand({ stateMachineArn }));
    const sooner = definition.replaceAll(/"IntervalSeconds":\s*\d+/g, `"IntervalSeconds":${TRIED_AGAIN}`);
    await client.send(new UpdateStateMachineCommand({ stateMachineArn, definition: sooner }));
  }
  client.destroy();
}
