import { postgresAt, type PostgresClient } from '../../../lambdas/stores/index.js';
import type { World } from '../core/world.js';
import { clientsOf, type Clients, type Services } from '../models/clients.js';
import type { Container } from '../models/container.js';
import type { Handler } from '../models/lambda.js';

/** What the code of a function is made with: what its container gives it. */
export interface Parts {
  readonly container: Container;
  readonly clients: Clients;
  readonly options: Pick<Container, 'now' | 'random' | 'sleep' | 'timeout'> & {
    log: (entry: { level: string; message: string }) => void;
  };
}

/** The code of a function, started once per container. */
export type Code = (container: Container) => Handler;

/** Lets code start with clients, clock, randomness and timers of its container. */
export function starter(world: World, services: Services): (code: (parts: Parts) => unknown) => Code {
  return (code) => (container) => {
    const { now, random, sleep, timeout } = container;
    const log = (entry: { level: string; message: string }): void => {
      if (entry.level !== 'info') world.story.tell(container.name, `log: ${JSON.stringify(entry)}`);
    };
    const clients = clientsOf(world, container, services);
    // The handlers' own types of events are narrower than what Lambda passes.
    return code({ container, clients, options: { now, random, sleep, timeout, log } }) as Handler;
  };
}

/** The database; the catalog's and the view's are one here. */
export function database({ clients: { rdsData }, options: { now, random, sleep } }: Parts): PostgresClient {
  const address = { clusterArn: 'cluster', secretArn: 'secret', database: 'shop' };
  return postgresAt(address, { client: rdsData, now, random, sleep, resumeTimeout: 24_000 });
}
