import { Listr } from 'listr2';
import type { DeployProgress, OnDeployProgress } from 'cdk-database-patterns-local';

/** Shows a deployment while it runs: one moving line on a terminal, the stacks' beginnings and ends elsewhere. */
export async function showDeployment<T>(action: (onProgress: OnDeployProgress) => Promise<T>): Promise<T> {
  if (!process.stdout.isTTY) {
    return action((progress) => {
      if (isMilestone(progress)) console.log(describe(progress));
    });
  }
  let result: { value: T } | undefined;
  const task = {
    title: 'deploying',
    task: async (_context: unknown, shown: { output: string; title: string }) => {
      result = { value: await action((progress) => (shown.output = describe(progress))) };
      shown.title = 'deployed';
    },
  };
  await new Listr([task], { renderer: 'default', registerSignalListeners: false }).run();
  if (!result) throw new Error('the deployment ended without a result');
  return result.value;
}

function isMilestone({ stack, message }: DeployProgress): boolean {
  return stack === undefined || / AWS::CloudFormation::Stack /.test(message) || /_FAILED /.test(message);
}

function describe({ stack, message, completed, total }: DeployProgress): string {
  const count = completed === undefined || total === undefined ? '' : ` ${completed}/${total}`;
  return stack === undefined ? message : `${stack}${count} ${message}`;
}
