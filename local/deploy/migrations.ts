import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { LocalCloud } from '../cloud/cloud.js';
import { LocalCloudError } from '../errors.js';
import { clientOptions } from './clients.js';
import { deployedFunctions } from './functions.js';

/** A migration function that was called. */
export interface MigrationRun {
  readonly stack: string;
  /** The function's logical id. */
  readonly resource: string;
  /** What it applied, as it says; empty when nothing was new. */
  readonly applied: string;
}

interface Answer {
  readonly errorMessage?: string;
  readonly Data?: { readonly applied?: string };
}

/**
 * Calls the migration functions of deployed stacks, for targets that do not run custom resources. Where they do run,
 * calling again changes nothing.
 *
 * @throws LocalCloudError `MIGRATION_FAILED` with what the function said
 */
export async function runMigrations(cloud: LocalCloud, stacks: readonly string[]): Promise<MigrationRun[]> {
  const client = new LambdaClient(clientOptions(cloud));
  const runs: MigrationRun[] = [];
  for (const { stack, resource, functionName, metadata } of await deployedFunctions(cloud, stacks)) {
    if (metadata['cdk-database-patterns'] !== 'migrations') continue;
    const { Payload, FunctionError } = await client.send(
      new InvokeCommand({ FunctionName: functionName, Payload: '{}' }),
    );
    const answer = JSON.parse(Buffer.from(Payload ?? []).toString() || 'null') as Answer | null;
    if (FunctionError) {
      throw new LocalCloudError('MIGRATION_FAILED', `${stack}: ${resource}: ${answer?.errorMessage ?? FunctionError}`);
    }
    runs.push({ stack, resource, applied: answer?.Data?.applied ?? '' });
  }
  client.destroy();
  return runs;
}
