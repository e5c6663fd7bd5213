import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SecretReader } from '../../../local/data-api/credentials.js';
import { PostgresEngine } from '../../../local/data-api/postgres/engine.js';
import { RegisteredClusters } from '../../../local/data-api/postgres/registry.js';
import { listenDataApi } from '../../../local/data-api/server.js';
import type { DataApiBackend } from '../../../local/data-api/service.js';
import { cloud } from '../../support/cloud.js';

/**
 * A Data API of a test's own over the cloud's databases, less patient than the service is.
 *
 * @param url - of any database of the cloud
 * @param connectWithin - milliseconds that a call waits for a session
 */
export async function ownServer(
  url: string,
  limits: Omit<DataApiBackend, 'engines' | 'secrets' | 'iam'>,
  connectWithin?: number,
) {
  const running = await cloud();
  const { port, password } = new URL(url);
  const server = await listenDataApi(0);
  server.serve({
    engines: [new PostgresEngine(new RegisteredClusters({ port: Number(port), password }), connectWithin)],
    secrets: new SecretReader(new SecretsManagerClient({ endpoint: running.endpoint })),
    ...limits,
  });
  return { server, client: new RDSDataClient({ endpoint: server.endpoint, maxAttempts: 1 }) };
}
