import { CloudFormationClient, paginateDescribeStacks } from '@aws-sdk/client-cloudformation';
import { attachLocalCloud, clientOptions, type LocalCloud } from 'cdk-database-patterns-local';
import { stateDirectory } from '../project.js';
import { whyEnded } from './ended.js';

interface StackState {
  readonly name: string;
  readonly status: string;
}

/** `dbpatterns local status` */
export async function status(options: { json?: boolean; env?: boolean }): Promise<void> {
  const cloud = await attachLocalCloud(stateDirectory()).catch(() => undefined);
  if (!cloud) {
    process.exitCode = 1;
    const why = whyEnded(stateDirectory());
    console.log(
      options.json
        ? JSON.stringify({ running: false, ...(why === '' ? {} : { reason: why }) })
        : `No local cloud is running in ${stateDirectory()}. Start one with "dbpatterns local up".${why && `\n${why}`}`,
    );
    return;
  }
  if (options.env) {
    for (const [name, value] of Object.entries(cloud.environment)) console.log(`export ${name}='${value}'`);
    return;
  }
  const stacks = await listStacks(cloud);
  const { target, endpoint, dataApiEndpoint, databases, auth } = cloud;
  if (options.json) {
    const said = { running: true, target, endpoint, dataApiEndpoint, auth, databases, stacks };
    console.log(JSON.stringify(said, undefined, 2));
    return;
  }
  console.log(`target         ${target}`);
  console.log(`AWS            ${endpoint}${auth ? ' (IAM is enforced)' : ''}`);
  console.log(`RDS Data API   ${dataApiEndpoint}`);
  for (const { database, url } of Object.values(databases)) console.log(`database       ${database.padEnd(12)} ${url}`);
  for (const { name, status: state } of stacks) console.log(`stack          ${name.padEnd(12)} ${state}`);
  if (stacks.length === 0) console.log('No stack is deployed.');
}

async function listStacks(cloud: LocalCloud): Promise<StackState[]> {
  const client = new CloudFormationClient(clientOptions(cloud));
  const stacks: StackState[] = [];
  for await (const page of paginateDescribeStacks({ client }, {})) {
    for (const stack of page.Stacks ?? []) {
      if (stack.StackName && stack.StackName !== 'CDKToolkit')
        stacks.push({ name: stack.StackName, status: stack.StackStatus ?? '' });
    }
  }
  return stacks;
}
