import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { claimExisting } from '../private/boundary/existing';
import { dynamoDbFindings, soundIndexes } from '../private/dynamodb-findings';
import { addFindings } from '../private/findings';
import { SafeTable, text } from '../private/safe-table';
import type { DynamoDbIndex, IDynamoDbStore } from './dynamodb-store-api';
import { DynamoDbStoreBase } from './dynamodb-store-base';

/** Properties of `DynamoDbStore`. */
export interface DynamoDbStoreProps {
  /** The name of the partition key: a string. */
  readonly partitionKey: string;
  /**
   * The name of the sort key: a string. An entity view has none.
   * @default - no sort key
   */
  readonly sortKey?: string;
  /**
   * Global secondary indexes; each costs its own writes.
   * @default - none
   */
  readonly indexes?: DynamoDbIndex[];
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

/** A table that exists already. */
export interface ExistingDynamoDbTable {
  /** The table. */
  readonly table: dynamodb.ITable;
  /** The name of its partition key: a string. */
  readonly partitionKey: string;
  /**
   * The name of its sort key: a string.
   * @default - no sort key
   */
  readonly sortKey?: string;
  /**
   * Those of its global secondary indexes that handlers may use.
   * @default - none
   */
  readonly indexes?: DynamoDbIndex[];
}

/**
 * A DynamoDB table: on demand, encrypted, with point-in-time recovery and deletion protection, kept when its stack goes.
 *
 * @example
 * declare const browse: Service;
 * const view = new DynamoDbStore(browse, 'View', {
 *   partitionKey: 'productId',
 *   indexes: [{ name: 'by-category', partitionKey: 'category', sortKey: 'title' }],
 * });
 */
export class DynamoDbStore extends DynamoDbStoreBase {
  /** A store over a table that exists already. */
  public static fromTable(scope: Construct, id: string, existing: ExistingDynamoDbTable): IDynamoDbStore {
    return new ImportedDynamoDbStore(scope, id, existing);
  }

  public readonly table: dynamodb.ITable;
  public readonly partitionKey: string;
  public readonly sortKey?: string;
  public readonly indexes: DynamoDbIndex[];

  public constructor(scope: Construct, id: string, props: DynamoDbStoreProps) {
    super(scope, id);
    addFindings(this, dynamoDbFindings(props));
    this.partitionKey = props.partitionKey;
    this.sortKey = props.sortKey;
    this.indexes = props.indexes ?? [];

    this.table = new SafeTable(this, 'Table', {
      partitionKey: text(props.partitionKey),
      sortKey: props.sortKey === undefined ? undefined : text(props.sortKey),
      // What the CDK would stop at is left out here and reported with all other findings.
      indexes: soundIndexes(props).map((index) => ({
        indexName: index.name,
        partitionKey: text(index.partitionKey),
        sortKey:
          index.sortKey === undefined
            ? undefined
            : { name: index.sortKey, type: index.sortKeyType ?? dynamodb.AttributeType.STRING },
      })),
      development: props.development ?? false,
      encryptionKey: props.encryptionKey,
    });
  }
}

class ImportedDynamoDbStore extends DynamoDbStoreBase {
  public readonly table: dynamodb.ITable;
  public readonly partitionKey: string;
  public readonly sortKey?: string;
  public readonly indexes: DynamoDbIndex[];

  public constructor(scope: Construct, id: string, props: ExistingDynamoDbTable) {
    super(scope, id);
    addFindings(this, dynamoDbFindings(props));
    this.table = props.table;
    claimExisting(this, [props.table.tableArn]);
    this.partitionKey = props.partitionKey;
    this.sortKey = props.sortKey;
    this.indexes = props.indexes ?? [];
  }
}
