import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { SQSEvent } from 'aws-lambda';
import { imported } from '../support/bundle.js';
import type { Measurement, Side } from '../support/measurement.js';
import { batch, created, envelope, priced } from './deliveries.js';
import { settingsOf } from './settings.js';

const BATCH = 10;

/** CPU of what a function does with a message beyond and including the calls of the SDK; the wire is left out. */
export const cpu: Measurement = {
  name: 'cpu',
  what: 'CPU of a projected event: the kit against the same SDK calls by hand, DynamoDB answering at once',
  unit: 'µs',
  better: 'low',
  goal: 1.05,
  effort: { full: { rounds: 30, warmUp: 12, size: 150 }, quick: { rounds: 6, warmUp: 6, size: 60 } },
  async prepare({ effort }) {
    const [ofKit, ofHand] = await Promise.all([
      imported<typeof import('./handlers/kit-listing.js')>('bench/cqrs/handlers/kit-listing.ts'),
      imported<typeof import('./handlers/bare-listing.js')>('bench/cqrs/handlers/bare-listing.ts'),
    ]);
    const client = answeringAtOnce();
    const kit = ofKit.listing({
      environment: { DBPATTERNS_PROJECTION: JSON.stringify(settingsOf('listing')) },
      table: { client, table: 'listing', partitionKey: 'id', indexes: [] },
      history: () => Promise.reject(new Error('nothing is missing')),
    });
    // One event creates, the other nine change: both kinds of write.
    const events = batch(
      Array.from({ length: BATCH }, (_, n) =>
        n === 0 ? envelope('85123A-0', 1, created(255)) : envelope(`85123A-${n}`, 7, priced(255 + n)),
      ),
    );
    return {
      kit: side((event) => kit(event), events, effort.size),
      bare: side(ofHand.listing('listing', client), events, effort.size),
    };
  },
};

function side(handler: (event: SQSEvent) => Promise<unknown>, event: SQSEvent, batches: number): Side {
  return async () => {
    const before = process.cpuUsage();
    for (let n = 0; n < batches; n += 1) await handler(event);
    const { user, system } = process.cpuUsage(before);
    return [(user + system) / (batches * BATCH)];
  };
}

/** A client whose requests are made, signed and read as ever, and never leave. */
function answeringAtOnce(): DynamoDBDocumentClient {
  const body = Buffer.from('{}');
  const client = new DynamoDBClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    requestHandler: {
      handle: () =>
        Promise.resolve({
          response: { statusCode: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body },
        }),
      metadata: { handlerProtocol: 'h1' },
      destroy: () => undefined,
      updateHttpClientConfig: () => undefined,
      httpHandlerConfigs: () => ({}),
    },
  });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}
