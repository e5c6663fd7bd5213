import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { LocalCloud } from '../cloud/cloud.js';
import { LocalCloudError } from '../errors.js';
import { clientOptions } from './clients.js';
import { deployedFunctions } from './functions.js';

interface Answer {
  readonly errorMessage?: string;
}

/**
 * Calls the migration functions of deployed stacks, for targets that do not run custom resources. Where nothing is new,
 * calling again changes nothing.
 *
 * @throws LocalCloudError `MIGRATION_FAILED` with what the function said
 */
export async function runMigrations(cloud: LocalCloud, stacks: readonly string[]): Promise<void> {
  const client = new LambdaClient(clientOptions(cloud));
  try {
    for (const { stack, resource, functionName, metadata } of await deployedFunctions(cloud, stacks)) {
      if (metadata['cdk-database-patterns'] !== 'migrations') continue;
      const { Payload, FunctionError } = await client.send(
        new InvokeCommand({ FunctionName: functionName, Payload: '{}' }),
      );
      if (!FunctionError) continue;
      const answer = JSON.parse(Buffer.from(Payload ?? []).toString() || 'null') as Answer | null;
      throw new LocalCloudError('MIGRATION_FAILED', `${stack}: ${resource}: ${answer?.errorMessage ?? FunctionError}`);
    }
  } finally {
    client.destroy();
  }
}
