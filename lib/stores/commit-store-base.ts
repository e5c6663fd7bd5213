import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type { ICommitStore } from './commit-store-api';
import { StoreAccess } from './store';
import { TableStoreBase, type TableActions, type TableNeed } from './table-store-base';

/** State has partitions of its own, which no stream can be named like. */
const CHANGE_STATE: TableActions = {
  actions: ['dynamodb:PartiQLUpdate'],
  conditions: {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['state#*'] },
    // The operator above is true of a request without keys.
    Null: { 'dynamodb:LeadingKeys': 'false' },
  },
};

const NEEDS = new Map<StoreAccess, TableNeed>([
  [
    StoreAccess.READ,
    { allowed: [{ actions: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:Scan'] }], writes: false },
  ],
  // An INSERT refuses a key that is there. PutItem would overwrite it, and no policy can demand a condition of it.
  [
    StoreAccess._COMMANDS,
    {
      allowed: [{ actions: ['dynamodb:PartiQLInsert', 'dynamodb:Query', 'dynamodb:GetItem'] }, CHANGE_STATE],
      writes: true,
    },
  ],
  // The table's stream brings the commits.
  [StoreAccess._RELAY, { allowed: [], writes: false }],
  [
    StoreAccess._HISTORY,
    { allowed: [{ actions: ['dynamodb:Query', 'dynamodb:Scan', 'dynamodb:DescribeTable'] }], writes: false },
  ],
  [StoreAccess._REPUBLISH, { allowed: [{ actions: ['dynamodb:Scan'] }], writes: false }],
  [StoreAccess._IMPORT, { allowed: [{ actions: ['dynamodb:GetItem', 'dynamodb:PartiQLInsert'] }], writes: true }],
]);

/**
 * What an own and an existing table of commits have in common.
 * @internal
 */
export abstract class CommitStoreBase extends TableStoreBase implements ICommitStore {
  public readonly writeModel = 'commits';
  /** @internal */
  protected readonly _operations = [
    dynamodb.Operation.EXECUTE_STATEMENT,
    dynamodb.Operation.EXECUTE_TRANSACTION,
    dynamodb.Operation.GET_ITEM,
    dynamodb.Operation.QUERY,
    dynamodb.Operation.SCAN,
  ];

  /** @internal */
  protected _address(): object {
    return { kind: this.writeModel, table: this.table.tableName };
  }

  /** @internal */
  protected _need(access: StoreAccess): TableNeed | string {
    return (
      NEEDS.get(access) ??
      `a store of commits cannot be used as "${access.name}"; allowed: StoreAccess.READ, because commits are written ` +
        'by a CommandApi and never changed: pass the store to one'
    );
  }
}
