import type { DeployProgress, OnDeployProgress } from 'cdk-database-patterns-local';
import { Line } from '../line.js';

/** A deployment on the screen: one moving line on a terminal, the stacks' beginnings and ends elsewhere. */
export class Shown {
  private readonly moves = process.stdout.isTTY;
  private readonly line = new Line();

  readonly onProgress: OnDeployProgress = (progress) => {
    if (progress.lasting) this.say(progress.message);
    else if (this.moves) this.line.show(describe(progress));
    else if (isMilestone(progress)) console.log(describe(progress));
  };

  /** Prints what stays, and ends the line that moves. */
  say(text: string): void {
    this.line.end();
    console.log(text);
  }

  end(): void {
    this.line.end();
  }
}

/** Shows a deployment while it runs. */
export async function showDeployment<T>(action: (shown: Shown) => Promise<T>): Promise<T> {
  const shown = new Shown();
  try {
    return await action(shown);
  } finally {
    shown.end();
  }
}

function isMilestone({ stack, message }: DeployProgress): boolean {
  return stack === undefined || / AWS::CloudFormation::Stack /.test(message) || /_FAILED /.test(message);
}

function describe({ stack, message, completed, total }: DeployProgress): string {
  const count = completed === undefined || total === undefined ? '' : ` ${completed}/${total}`;
  return stack === undefined ? message : `${stack}${count} ${message}`;
}
