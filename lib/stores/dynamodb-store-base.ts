import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { addFinding } from '../private/findings';
import { storeName, storeVariable } from '../private/store-names';
import { setVariable } from '../private/wiring';
import type { DynamoDbIndex, IDynamoDbStore } from './dynamodb-store-api';
import { StoreAccess } from './store';

const READ_ITEM = ['dynamodb:GetItem', 'dynamodb:BatchGetItem'];
const READ_MANY = ['dynamodb:Query', 'dynamodb:Scan'];
const WRITE_ITEM = ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'];
const CHECK = ['dynamodb:ConditionCheckItem'];

/** What a need takes: on the table alone, and on the table and its indexes. */
interface Need {
  readonly table: readonly string[];
  readonly tableAndIndexes: readonly string[];
  readonly writes: boolean;
}

const NEEDS = new Map<StoreAccess, Need>([
  [StoreAccess.READ, { table: [...READ_ITEM, ...CHECK], tableAndIndexes: READ_MANY, writes: false }],
  [
    StoreAccess.READ_WRITE,
    {
      table: [...READ_ITEM, ...CHECK, ...WRITE_ITEM, 'dynamodb:BatchWriteItem'],
      tableAndIndexes: READ_MANY,
      writes: true,
    },
  ],
  // By key, and in transactions whose conditions stand on items that they do not write. What is read and deleted at large
  // are parking marks and generations that no reader sees.
  [
    StoreAccess._VIEW,
    {
      table: [...READ_ITEM, ...CHECK, ...WRITE_ITEM, 'dynamodb:BatchWriteItem', 'dynamodb:Scan'],
      tableAndIndexes: [],
      writes: true,
    },
  ],
]);

/**
 * What an own and an existing table have in common.
 * @internal
 */
export abstract class DynamoDbStoreBase extends Construct implements IDynamoDbStore {
  public abstract readonly table: dynamodb.ITable;
  public abstract readonly partitionKey: string;
  public abstract readonly sortKey?: string;
  public abstract readonly indexes: DynamoDbIndex[];
  public readonly storeName: string;

  protected constructor(scope: Construct, id: string) {
    super(scope, id);
    this.storeName = storeName(id);
  }

  public wire(handler: lambda.IFunction, access: StoreAccess): void {
    setVariable(this, handler, {
      name: storeVariable(this),
      claim: 'the store',
      value: () => ({
        kind: 'dynamodb',
        table: this.table.tableName,
        partitionKey: this.partitionKey,
        sortKey: this.sortKey,
        indexes: this.indexes.map(({ name, partitionKey, sortKey }) => ({ name, partitionKey, sortKey })),
      }),
    });
    this.grant(handler, access);
  }

  public grantRead(grantee: iam.IGrantable): iam.Grant {
    return this.grant(grantee, StoreAccess.READ);
  }

  public grantReadWrite(grantee: iam.IGrantable): iam.Grant {
    return this.grant(grantee, StoreAccess.READ_WRITE);
  }

  public metricConsumedReadCapacityUnits(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.table.metricConsumedReadCapacityUnits(props);
  }

  public metricConsumedWriteCapacityUnits(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.table.metricConsumedWriteCapacityUnits(props);
  }

  public metricThrottledRequests(props?: cloudwatch.MetricOptions): cloudwatch.IMetric {
    return this.table.metricThrottledRequestsForOperations({
      ...props,
      operations: [
        dynamodb.Operation.GET_ITEM,
        dynamodb.Operation.BATCH_GET_ITEM,
        dynamodb.Operation.QUERY,
        dynamodb.Operation.SCAN,
        dynamodb.Operation.PUT_ITEM,
        dynamodb.Operation.UPDATE_ITEM,
        dynamodb.Operation.DELETE_ITEM,
        dynamodb.Operation.BATCH_WRITE_ITEM,
        dynamodb.Operation.TRANSACT_WRITE_ITEMS,
      ],
    });
  }

  private grant(grantee: iam.IGrantable, access: StoreAccess): iam.Grant {
    const need = NEEDS.get(access);
    if (need === undefined) {
      addFinding(this, `a DynamoDB store cannot be used as "${access.name}"; allowed: StoreAccess.READ, READ_WRITE`);
      return iam.Grant.drop(grantee, `no such access: ${access.name}`);
    }
    const tableArn = this.table.tableArn;
    let grant = iam.Grant.addToPrincipal({ grantee, actions: [...need.table], resourceArns: [tableArn] });
    if (need.tableAndIndexes.length > 0) {
      grant = grant.combine(
        iam.Grant.addToPrincipal({
          grantee,
          actions: [...need.tableAndIndexes],
          resourceArns: [tableArn, ...this.indexes.map((index) => `${tableArn}/index/${index.name}`)],
        }),
      );
    }
    const key = this.table.encryptionKey;
    if (key === undefined) {
      return grant;
    }
    return grant.combine(need.writes ? key.grantEncryptDecrypt(grantee) : key.grantDecrypt(grantee));
  }
}
