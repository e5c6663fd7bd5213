import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { claimExisting } from '../private/boundary/existing';
import { addFinding } from '../private/findings';
import { SafeTable, text } from '../private/safe-table';
import type { ICommitStore } from './commit-store-api';
import { CommitStoreBase } from './commit-store-base';

/** Properties of `CommitStore`. */
export interface CommitStoreProps {
  /**
   * Relaxes what protects data that matters: the table goes with its stack, may be deleted, and has no point-in-time
   * recovery.
   * @default false
   */
  readonly development?: boolean;
  /**
   * A key of your own for the encryption at rest; the stack has to have a region.
   * @default - that of the service, or a key that DynamoDB owns, at no cost
   */
  readonly encryptionKey?: kms.IKey;
}

/** A table of commits that exists already. */
export interface ExistingCommitTable {
  /**
   * The table. Its partition key is `stream` and its sort key `version`, both strings; its stream has new images, and
   * its ARN is known: `TableV2.fromTableAttributes(this, 'Commits', { tableArn, tableStreamArn })`.
   */
  readonly table: dynamodb.ITable;
}

/**
 * A write model on DynamoDB: a commit is an item that is inserted and never changed, and the table's stream has it
 * published. The handlers' role cannot overwrite a commit.
 *
 * The table is on demand, encrypted, with point-in-time recovery and deletion protection, kept when its stack goes.
 *
 * @example
 * declare const sales: Service;
 * declare const handler: lambda.Function;
 * const invoices = new CommitStore(sales, 'Invoices');
 * const commands = new CommandApi(sales, 'Commands', { store: invoices, handler, stream: 'sale' });
 */
export class CommitStore extends CommitStoreBase {
  /** A store over a table that exists already. */
  public static fromTable(scope: Construct, id: string, existing: ExistingCommitTable): ICommitStore {
    return new ImportedCommitStore(scope, id, existing);
  }

  public readonly table: dynamodb.ITable;

  public constructor(scope: Construct, id: string, props?: CommitStoreProps) {
    super(scope, id);
    this.table = new SafeTable(this, 'Table', {
      partitionKey: text('stream'),
      sortKey: text('version'),
      dynamoStream: dynamodb.StreamViewType.NEW_IMAGE,
      development: props?.development ?? false,
      encryptionKey: props?.encryptionKey,
    });
  }
}

class ImportedCommitStore extends CommitStoreBase {
  public readonly table: dynamodb.ITable;

  public constructor(scope: Construct, id: string, props: ExistingCommitTable) {
    super(scope, id);
    this.table = props.table;
    claimExisting(this, [props.table.tableArn]);
    if (props.table.tableStreamArn === undefined) {
      addFinding(
        this,
        `the table ${props.table.node.path} has no stream that is known here; allowed: a table with a stream of new ` +
          'images, which has its commits published: pass tableStreamArn too, as in ' +
          "TableV2.fromTableAttributes(this, 'Commits', { tableArn, tableStreamArn })",
      );
    }
  }
}
