import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { DynamoDbIndex, IDynamoDbStore } from './dynamodb-store-api';
import { StoreAccess } from './store';
import { TableStoreBase, type TableNeed } from './table-store-base';

const READ_ITEM = ['dynamodb:GetItem', 'dynamodb:BatchGetItem'];
const READ_MANY = ['dynamodb:Query', 'dynamodb:Scan'];
const WRITE_ITEM = ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:BatchWriteItem'];
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
    { table: [...READ_ITEM, ...CHECK, ...WRITE_ITEM], tableAndIndexes: READ_MANY, writes: true },
  ],
  // By key, and in transactions whose conditions stand on items that they do not write. What is read and deleted at large
  // are parking marks and generations that no reader sees.
  [
    StoreAccess._VIEW,
    { table: [...READ_ITEM, ...CHECK, ...WRITE_ITEM, 'dynamodb:Scan'], tableAndIndexes: [], writes: true },
  ],
]);

/**
 * What an own and an existing table have in common.
 * @internal
 */
export abstract class DynamoDbStoreBase extends TableStoreBase implements IDynamoDbStore {
  public abstract readonly partitionKey: string;
  public abstract readonly sortKey?: string;
  public abstract readonly indexes: DynamoDbIndex[];
  /** @internal */
  protected readonly _operations = [
    dynamodb.Operation.GET_ITEM,
    dynamodb.Operation.BATCH_GET_ITEM,
    dynamodb.Operation.QUERY,
    dynamodb.Operation.SCAN,
    dynamodb.Operation.PUT_ITEM,
    dynamodb.Operation.UPDATE_ITEM,
    dynamodb.Operation.DELETE_ITEM,
    dynamodb.Operation.BATCH_WRITE_ITEM,
    dynamodb.Operation.TRANSACT_WRITE_ITEMS,
  ];

  public grantReadWrite(grantee: iam.IGrantable): iam.Grant {
    return this._grant(grantee, StoreAccess.READ_WRITE);
  }

  /** @internal */
  protected _address(): object {
    return {
      kind: 'dynamodb',
      table: this.table.tableName,
      partitionKey: this.partitionKey,
      sortKey: this.sortKey,
      indexes: this.indexes.map(({ name, partitionKey, sortKey }) => ({ name, partitionKey, sortKey })),
    };
  }

  /** @internal */
  protected _need(access: StoreAccess): TableNeed | string {
    const need = NEEDS.get(access);
    if (need === undefined) {
      return `a DynamoDB store cannot be used as "${access.name}"; allowed: StoreAccess.READ, READ_WRITE`;
    }
    const indexes = this.indexes.map(({ name }) => name);
    return { allowed: [{ actions: need.table }, { actions: need.tableAndIndexes, indexes }], writes: need.writes };
  }
}
