import { attachLocalCloud, type LocalCloud } from 'cdk-database-patterns-local';

/** The running cloud, with the databases that the app wants. */
export async function attachWith(directory: string, databases: readonly string[]): Promise<LocalCloud> {
  const cloud = await attachLocalCloud(directory);
  for (const name of databases) await cloud.createDatabase(name);
  return cloud;
}
