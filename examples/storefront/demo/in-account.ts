import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { type AwsAccount, awsAccount, deployToAccount, destroyInAccount } from 'cdk-database-patterns-local';
import { postgresAt, type PostgresClient } from 'cdk-database-patterns-lambda/stores';
import { storefront } from '../services/app.js';
import type { Caller } from './client.js';
import { agrees } from './consent.js';
import { type Clusters, clustersOf, type Outputs, outputsOf } from './deployed.js';
import type { Place, Say } from './place.js';

/** An account: whoever the AWS environment names. The demo has a stack of its own there, which it takes away again. */
export class InAccount implements Place {
  readonly stackName = 'StorefrontDemo';
  readonly beginning = 'Look whether the account has a demo already';
  private clusters?: Clusters;
  private hasBegun = false;

  constructor(
    private readonly account: AwsAccount,
    private readonly yes: boolean,
  ) {}

  /**
   * Says where the demo goes and what that costs, and asks for it.
   *
   * @throws Error where it is not wanted, or nobody can be asked
   */
  static async agreed(yes: boolean): Promise<InAccount> {
    const account = await awsAccount();
    // the demo's own clients read it there, and know only this name of it
    process.env.AWS_REGION = account.region;
    const place = new InAccount(account, yes);
    console.log(
      `\n  The demo goes to ${place.name}: a stack ${place.stackName} with two Aurora clusters that pause.\n` +
        '  That takes 15 to 20 minutes and costs less than a dollar, if it is removed afterwards.\n',
    );
    if (!yes && !(await agrees('  Deploy it there?'))) throw new Error('nothing was deployed');
    return place;
  }

  /** @throws Error where the stack exists: its totals would be others, and it may be somebody's */
  async start(): Promise<void> {
    const client = new CloudFormationClient();
    const found = await client
      .send(new DescribeStacksCommand({ StackName: this.stackName }))
      .catch((error: unknown) => {
        if (error instanceof Error && error.name === 'ValidationError') return undefined;
        throw error;
      });
    client.destroy();
    if (!found) return;
    throw new Error(`there is a stack ${this.stackName} in ${this.name} already. Remove it first:\n  ${this.removal}`);
  }

  async deploy(say: Say): Promise<Outputs> {
    const { account, stackName } = this;
    this.hasBegun = true;
    const outputs = await deployToAccount({
      account,
      app: this.app,
      onProgress: ({ message }) => say(message),
      // the whole stack was agreed to
      approve: () => Promise.resolve(),
    });
    this.clusters = await clustersOf(stackName);
    return outputsOf(stackName, outputs);
  }

  get caller(): Caller {
    return this.account;
  }

  url(output: string): string {
    return output;
  }

  database(name: string): PostgresClient {
    const cluster = this.clusters?.[name];
    if (!cluster) throw new Error(`the stack ${this.stackName} has no database ${name}`);
    return postgresAt(cluster);
  }

  keep(): void {
    if (this.hasBegun) console.log(`  ${this.lastWords}\n`);
  }

  async end(): Promise<void> {
    if (!this.hasBegun) return;
    if (!this.yes && !(await agrees('  Remove it again, with all that it holds?'))) {
      this.keep();
      return;
    }
    console.log(`  Removing ${this.stackName} from ${this.name}: some minutes.`);
    try {
      await destroyInAccount({ account: this.account, app: this.app });
    } catch (error) {
      this.keep();
      throw error;
    }
  }

  get lastWords(): string {
    if (!this.hasBegun) return `nothing was deployed to ${this.name}`;
    return `The stack ${this.stackName} stays in ${this.name}. What removes it:\n  ${this.removal}`;
  }

  interrupted(): Promise<void> {
    return Promise.resolve();
  }

  private readonly app = (outdir: string) =>
    storefront({ outdir, stackName: this.stackName, databases: {}, development: true });

  private get name(): string {
    return `account ${this.account.accountId}, ${this.account.region}`;
  }

  private get removal(): string {
    return `aws cloudformation delete-stack --stack-name ${this.stackName} --region ${this.account.region}`;
  }
}
