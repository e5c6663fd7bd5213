import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { RDSDataClient } from '@aws-sdk/client-rds-data';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { serviceError, Unmodelled } from '../core/errors.js';
import type { World } from '../core/world.js';
import type { Call, Container, Outcome } from './container.js';
import { cancelled, type DynamoDb, type Input } from './dynamodb/service.js';
import type { EventBus } from './event-bridge.js';
import type { LambdaFunction } from './lambda.js';
import type { DataApi, DataApiInput } from './postgres/data-api.js';
import type { Sqs } from './sqs.js';
import { statementIn, writtenIn } from './words.js';

/** A command of the SDK. */
interface Command {
  readonly constructor: { readonly name: string };
  readonly input: object;
}

interface SendOptions {
  readonly abortSignal?: AbortSignal;
}

/** Everything that functions can call. */
export interface Services {
  readonly dynamodb: DynamoDb;
  readonly dataApi?: DataApi;
  readonly sqs: Sqs;
  readonly bus: EventBus;
  readonly functions: Map<string, LambdaFunction>;
}

/** The SDK's clients as a container has them. Those of the SDK try three times unless they are told otherwise. */
export interface Clients {
  readonly dynamodb: DynamoDBDocumentClient;
  readonly rdsData: RDSDataClient;
  readonly sqs: SQSClient;
  readonly lambda: LambdaClient;
  eventBridge(attempts: number): EventBridgeClient;
}

const ATTEMPTS = 3;

export function clientsOf(world: World, container: Container, services: Services): Clients {
  const client = <C>(call: (name: string, input: object) => Omit<Call<unknown>, 'signal'>): C =>
    ({
      send: (command: Command, options: SendOptions = {}) =>
        container.call({ ...call(command.constructor.name, command.input), signal: options.abortSignal }),
      // The one place where a model stands in for a client of the SDK.
    }) as C;
  return {
    dynamodb: client((name, input) => dynamodbCall(world, services.dynamodb, name, input)),
    rdsData: client((name, input: DataApiInput) => ({
      what: statementIn(name, input),
      attempts: 1,
      busy: 'ThrottlingException',
      carryOut: (done) => {
        if (services.dataApi === undefined) throw new Unmodelled('this run has no PostgreSQL');
        return services.dataApi.carryOut(name, input, done);
      },
    })),
    sqs: client((name, input) => ({
      what: `${name.replace('Command', '')} ${writtenIn(input)}`,
      attempts: ATTEMPTS,
      busy: 'ThrottlingException',
      carryOut: (done) => done(outcomeOf(() => services.sqs.carryOut(name, { ...input }))),
    })),
    lambda: client((_, input: { FunctionName?: string; Payload?: Uint8Array }) => ({
      what: `Invoke ${input.FunctionName ?? ''} ${Buffer.from(input.Payload ?? [])
        .toString('utf8')
        .slice(0, 120)}`,
      attempts: ATTEMPTS,
      busy: 'TooManyRequestsException',
      carryOut: (done, label) => {
        const target = services.functions.get(input.FunctionName ?? '');
        if (target === undefined) {
          done({ error: serviceError('ResourceNotFoundException', 'no such function') });
          return;
        }
        const event: unknown = JSON.parse(Buffer.from(input.Payload ?? []).toString('utf8'));
        target.invoke(event, `${label} in ${target.name}`, (how) => {
          const payload = 'error' in how ? { errorMessage: how.error } : how.value;
          const failure = 'error' in how ? { FunctionError: 'Unhandled' } : {};
          done({ value: { Payload: Buffer.from(JSON.stringify(payload ?? null)), ...failure } });
        });
      },
    })),
    eventBridge: (attempts) =>
      client((_, input: { Entries?: { Detail?: string }[] }) => ({
        what: `PutEvents ${writtenIn(input)}`,
        attempts,
        busy: 'ThrottlingException',
        carryOut: (done, label) => {
          const outcome = outcomeOf(() => services.bus.put(input.Entries ?? [], label));
          const refused = 'value' in outcome ? Number(outcome.value['FailedEntryCount']) : 0;
          done({ ...outcome, said: refused === 0 ? 'taken' : `${refused} refused` });
        },
      })),
  };
}

const TRANSACTIONS = ['TransactWriteCommand', 'ExecuteTransactionCommand'];
const WRITES = ['PutCommand', 'UpdateCommand', 'DeleteCommand', 'ExecuteStatementCommand'];

function dynamodbCall(world: World, dynamodb: DynamoDb, name: string, input: Input): Omit<Call<unknown>, 'signal'> {
  const isTransaction = TRANSACTIONS.includes(name);
  // The SDK gives a transaction a token, with which it may be sent again.
  const sent = isTransaction ? { ClientRequestToken: world.id('token'), ...input } : input;
  return {
    what: `${name.replace('Command', '')} ${writtenIn(input)}`,
    attempts: ATTEMPTS,
    busy: 'ProvisionedThroughputExceededException',
    carryOut: (done, label) => {
      if (isTransaction && conflicts(world, label)) {
        const count = (input.TransactItems ?? input.TransactStatements ?? []).length;
        const met = world.random.split(label).whole(0, count - 1);
        done({
          error: cancelled(
            Array.from({ length: count }, (_, index) => ({ Code: index === met ? 'TransactionConflict' : 'None' })),
          ),
        });
        return;
      }
      if (WRITES.includes(name) && dynamodb.hasTransactions && conflicts(world, label)) {
        done({ error: serviceError('TransactionConflictException', 'Transaction is ongoing for the item') });
        return;
      }
      const leave = (index: number): boolean =>
        name.startsWith('Batch') && world.faults.at(`${label} entry ${index}`, ['refuse-entries']) !== undefined;
      done(outcomeOf(() => dynamodb.carryOut(name, sent, leave)));
    },
  };
}

/** Whether a write meets a transaction that is under way. */
function conflicts(world: World, label: string): boolean {
  return world.faults.at(`${label} conflict`, ['conflict']) !== undefined;
}

function outcomeOf<T>(run: () => T): Outcome<T> {
  try {
    return { value: run() };
  } catch (error) {
    if (error instanceof Unmodelled) throw error;
    return { error };
  }
}
