import type { DynamoDBStreamEvent } from 'aws-lambda';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { publish } from '../../../lambdas/cqrs/publish.js';
import type { Clients } from '../models/clients.js';
import type { Container } from '../models/container.js';
import { BUS } from './names.js';

export function commitRelayOf(
  clients: Clients,
  { now, random, sleep }: Pick<Container, 'now' | 'random' | 'sleep'>,
  entryLimit: number,
) {
  return async (event: DynamoDBStreamEvent): Promise<void> => {
    const commits = event.Records.flatMap(({ dynamodb }) => {
      const item = unmarshall((dynamodb?.NewImage ?? {}) as never);
      return typeof item['commit'] === 'string'
        ? [{ stream: String(item['stream']), version: Number(item['version']), commit: item['commit'] }]
        : [];
    });
    const bus = { client: clients.eventBridge(3), bus: BUS, service: 'sales', entryLimit };
    const { published } = await publish(bus, commits, { attempts: 5, now, random, sleep });
    if (published.length < commits.length) throw new Error('not all were published');
  };
}
