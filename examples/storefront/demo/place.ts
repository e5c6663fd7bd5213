import type { PostgresClient } from 'cdk-database-patterns-lambda/stores';
import type { Caller } from './client.js';
import type { Outputs } from './deployed.js';

export type Say = (text: string) => void;

/** Where the demo deploys the shop: a cloud on this machine, or an account. */
export interface Place {
  readonly stackName: string;
  /** What `start` does, in the list of steps. */
  readonly beginning: string;
  start(say: Say): Promise<void>;
  deploy(say: Say): Promise<Outputs>;
  /** Who signs the requests. */
  readonly caller: Caller;
  /** Where an API answers, from the address in the outputs. */
  url(output: string): string;
  /** A service's database, through the RDS Data API. */
  database(name: string): PostgresClient;
  /** Leaves it as it is, and says how it ends. */
  keep(): void;
  /** Takes it away again, as far as that is wanted. */
  end(): Promise<void>;
  /** What is said, and done, where the demo is interrupted: nobody can be asked any more. */
  readonly lastWords: string;
  interrupted(): Promise<void>;
}
