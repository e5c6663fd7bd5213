import { RDSDataClient } from '@aws-sdk/client-rds-data';
import type { Engine, Session } from '../../../local/data-api/engine.js';
import { listenDataApi } from '../../../local/data-api/server.js';
import type { DataApiBackend } from '../../../local/data-api/service.js';

export const target = {
  resourceArn: 'arn:aws:rds:eu-west-1:000000000000:cluster:model',
  secretArn: 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:model',
  database: 'shop',
};

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/** A session of which each act ends at once; what is given replaces it. */
export function modelSession(acts: Partial<Session> = {}): Session {
  return {
    id: 7,
    run: () => Promise.resolve({ columns: [], rows: [], size: 0, updated: 0 }),
    begin: () => Promise.resolve(),
    commit: () => Promise.resolve(true),
    rollback: () => Promise.resolve(),
    cancel: () => Promise.resolve(),
    cut: () => undefined,
    onLost: () => undefined,
    release: () => Promise.resolve(),
    ...acts,
  };
}

/** A Data API over a model of an engine, and a client of it that asks once. */
export async function openModel(open: Engine['open'], limits: Partial<DataApiBackend> = {}) {
  const server = await listenDataApi(0);
  server.serve({
    engines: [{ has: () => Promise.resolve(true), open, close: () => Promise.resolve() }],
    secrets: { read: () => Promise.resolve({ username: 'me', password: 'secret' }), forget: () => undefined },
    ...limits,
  });
  const client = new RDSDataClient({ endpoint: server.endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 });
  const close = async () => {
    client.destroy();
    await server.close();
  };
  return { server, client, close };
}
