import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';

/** What a function needs of a store. Each need is granted by itself, as little as will do. */
export class StoreAccess {
  /** Reads. */
  public static readonly READ = new StoreAccess('reader');
  /** Reads and writes. */
  public static readonly READ_WRITE = new StoreAccess('writer');
  /**
   * Reads and writes, appends to the outbox and marks as published.
   * @internal
   */
  public static readonly _COMMANDS = new StoreAccess('commands');
  /**
   * Claims from the outbox and marks as published; where the table's stream brings the commits, nothing of the table.
   * @internal
   */
  public static readonly _RELAY = new StoreAccess('relay');
  /**
   * Reads the history of streams.
   * @internal
   */
  public static readonly _HISTORY = new StoreAccess('history');
  /**
   * Reads all commits, to publish those of a time again or to find what is missing.
   * @internal
   */
  public static readonly _REPUBLISH = new StoreAccess('republish');
  /**
   * Inserts the commits of others, and changes none.
   * @internal
   */
  public static readonly _IMPORT = new StoreAccess('import');
  /**
   * Keeps a view and its generations.
   * @internal
   */
  public static readonly _VIEW = new StoreAccess('view');

  /** The need in a word. */
  public readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }
}

/** One database with one owner. */
export interface IStore extends IConstruct {
  /**
   * The name by which handlers meet the store: its construct id in upper snake case. It stands in the name of the
   * environment variable, `DBPATTERNS_STORE_<storeName>`.
   */
  readonly storeName: string;

  /**
   * Gives a function all that it needs to use the store: the grant, the environment variable, and, where the store has
   * migrations, the order of the deployment (they run first).
   *
   * @param handler a function of this app
   * @param access what it needs
   */
  wire(handler: lambda.IFunction, access: StoreAccess): void;
}

/**
 * A store that commands write to: `PostgresStore`, where a commit lies in an outbox beside the data, or `CommitStore`,
 * where the commits are the data.
 */
export interface IWriteModel extends IStore {
  /** How it keeps commits, as handlers are told: `postgres` or `commits`. */
  readonly writeModel: string;
}
