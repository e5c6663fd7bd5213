import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { addFinding } from '../private/findings';
import { storeName, storeVariable } from '../private/store-names';
import { setVariable } from '../private/wiring';
import type { ICommitStore } from './commit-store-api';
import { StoreAccess } from './store';

/** What a need takes of the table. */
interface Need {
  readonly actions: readonly string[];
  /** Whether the items of state that stand beside commits may be changed. */
  readonly changesState: boolean;
}

const NEEDS = new Map<StoreAccess, Need>([
  [StoreAccess.READ, { actions: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:Scan'], changesState: false }],
  // An INSERT refuses a key that is there. PutItem would overwrite it, and no policy can demand a condition of it.
  [
    StoreAccess._COMMANDS,
    { actions: ['dynamodb:PartiQLInsert', 'dynamodb:Query', 'dynamodb:GetItem'], changesState: true },
  ],
  // The table's stream brings the commits.
  [StoreAccess._RELAY, { actions: [], changesState: false }],
  [
    StoreAccess._HISTORY,
    { actions: ['dynamodb:Query', 'dynamodb:Scan', 'dynamodb:DescribeTable'], changesState: false },
  ],
  [StoreAccess._REPUBLISH, { actions: ['dynamodb:Scan'], changesState: false }],
  [StoreAccess._IMPORT, { actions: ['dynamodb:PartiQLInsert'], changesState: false }],
]);

/** State has partitions of its own, which no stream can be named like. */
const STATE_ONLY = {
  'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['state#*'] },
  // The operator above is true of a request without keys.
  Null: { 'dynamodb:LeadingKeys': 'false' },
};

/**
 * What an own and an existing table of commits have in common.
 * @internal
 */
export abstract class CommitStoreBase extends Construct implements ICommitStore {
  public abstract readonly table: dynamodb.ITable;
  public readonly storeName: string;
  public readonly writeModel = 'commits';

  protected constructor(scope: Construct, id: string) {
    super(scope, id);
    this.storeName = storeName(id);
  }

  public wire(handler: lambda.IFunction, access: StoreAccess): void {
    setVariable(this, handler, {
      name: storeVariable(this),
      claim: 'the store',
      value: () => ({ kind: this.writeModel, table: this.table.tableName }),
    });
    this.grant(handler, access);
  }

  public grantRead(grantee: iam.IGrantable): iam.Grant {
    return this.grant(grantee, StoreAccess.READ);
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
        dynamodb.Operation.EXECUTE_STATEMENT,
        dynamodb.Operation.EXECUTE_TRANSACTION,
        dynamodb.Operation.GET_ITEM,
        dynamodb.Operation.QUERY,
        dynamodb.Operation.SCAN,
      ],
    });
  }

  private grant(grantee: iam.IGrantable, access: StoreAccess): iam.Grant {
    const need = NEEDS.get(access);
    if (need === undefined) {
      addFinding(
        this,
        `a store of commits cannot be used as "${access.name}"; allowed: StoreAccess.READ, because commits are written ` +
          'by a CommandApi and never changed: pass the store to one',
      );
      return iam.Grant.drop(grantee, `no such access: ${access.name}`);
    }
    if (need.actions.length === 0) {
      return iam.Grant.drop(grantee, 'nothing of the table is needed');
    }
    const resourceArns = [this.table.tableArn];
    let grant = iam.Grant.addToPrincipal({ grantee, actions: [...need.actions], resourceArns });
    if (need.changesState) {
      grant = grant.combine(
        iam.Grant.addToPrincipal({
          grantee,
          actions: ['dynamodb:PartiQLUpdate'],
          resourceArns,
          conditions: STATE_ONLY,
        }),
      );
    }
    const key = this.table.encryptionKey;
    if (key === undefined) {
      return grant;
    }
    const isWriting = need.actions.includes('dynamodb:PartiQLInsert');
    return grant.combine(isWriting ? key.grantEncryptDecrypt(grantee) : key.grantDecrypt(grantee));
  }
}
