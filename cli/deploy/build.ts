import { spawn } from 'node:child_process';
import type { Project } from '../project.js';
import { UserError } from '../user-error.js';

/**
 * Runs the build command of cdk.json.
 *
 * @param environment what it is told beside the environment of this process; what is undefined is kept from it
 */
export async function build(project: Project, environment: NodeJS.ProcessEnv): Promise<void> {
  if (!project.build) return;
  const command = project.build;
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(command, { shell: true, stdio: 'inherit', env: { ...process.env, ...environment } });
    const end = () => child.kill();
    process.once('exit', end);
    child.once('error', reject);
    child.once('exit', (exitCode) => {
      process.off('exit', end);
      resolve(exitCode);
    });
  });
  if (code !== 0) throw new UserError(`the build command of cdk.json failed (exit code ${code}): ${command}`);
}
