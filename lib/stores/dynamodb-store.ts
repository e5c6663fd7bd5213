import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { RemovalPolicy, Stack, Token } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { dynamoDbFindings, soundIndexes } from '../private/dynamodb-findings';
import { addFinding, addFindings } from '../private/findings';
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
   * @default - a key that DynamoDB owns, at no cost
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

    const encryptionKey = this.usableKey(props.encryptionKey);
    const development = props.development ?? false;
    this.table = new dynamodb.TableV2(this, 'Table', {
      partitionKey: text(props.partitionKey),
      sortKey: props.sortKey === undefined ? undefined : text(props.sortKey),
      // What the CDK would stop at is left out here and reported with all other findings.
      globalSecondaryIndexes: soundIndexes(props).map((index) => ({
        indexName: index.name,
        partitionKey: text(index.partitionKey),
        sortKey:
          index.sortKey === undefined
            ? undefined
            : { name: index.sortKey, type: index.sortKeyType ?? dynamodb.AttributeType.STRING },
      })),
      billing: dynamodb.Billing.onDemand(),
      encryption:
        encryptionKey === undefined
          ? dynamodb.TableEncryptionV2.dynamoOwnedKey()
          : dynamodb.TableEncryptionV2.customerManagedKey(encryptionKey),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: !development },
      deletionProtection: !development,
      removalPolicy: development ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    });
  }

  /** A global table names the key of each region, so that the CDK has to know the region. */
  private usableKey(key: kms.IKey | undefined): kms.IKey | undefined {
    if (key === undefined || !Token.isUnresolved(Stack.of(this).region)) {
      return key;
    }
    addFinding(
      this,
      'encryptionKey is given, and the region of the stack is not known; give the stack a region, as in ' +
        "env: { region: 'eu-west-1' }, or leave encryptionKey out",
    );
    return undefined;
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
    this.partitionKey = props.partitionKey;
    this.sortKey = props.sortKey;
    this.indexes = props.indexes ?? [];
  }
}

function text(name: string): dynamodb.Attribute {
  return { name, type: dynamodb.AttributeType.STRING };
}
