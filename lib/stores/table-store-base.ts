import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { addFinding } from '../private/findings';
import { storeName, storeVariable } from '../private/store-names';
import { setVariable } from '../private/wiring';
import { StoreAccess } from './store';

/** Actions that are allowed together. */
export interface TableActions {
  readonly actions: readonly string[];
  /** Indexes on which they are allowed too. */
  readonly indexes?: readonly string[];
  readonly conditions?: Record<string, Record<string, unknown>>;
}

/** What a need takes of a table. */
export interface TableNeed {
  readonly allowed: readonly TableActions[];
  readonly writes: boolean;
}

/**
 * What all stores over a table of DynamoDB have in common.
 * @internal
 */
export abstract class TableStoreBase extends Construct {
  public abstract readonly table: dynamodb.ITable;
  public readonly storeName: string;
  /**
   * The operations of the kit on this table.
   * @internal
   */
  protected abstract readonly _operations: dynamodb.Operation[];

  protected constructor(scope: Construct, id: string) {
    super(scope, id);
    this.storeName = storeName(id);
  }

  public wire(handler: lambda.IFunction, access: StoreAccess): void {
    setVariable(this, handler, {
      name: storeVariable(this),
      claim: 'the store',
      value: () => this._address(),
    });
    this._grant(handler, access);
  }

  public grantRead(grantee: iam.IGrantable): iam.Grant {
    return this._grant(grantee, StoreAccess.READ);
  }

  public metricConsumedReadCapacityUnits(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.table.metricConsumedReadCapacityUnits(props);
  }

  public metricConsumedWriteCapacityUnits(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.table.metricConsumedWriteCapacityUnits(props);
  }

  public metricThrottledRequests(props?: cloudwatch.MetricOptions): cloudwatch.IMetric {
    return this.table.metricThrottledRequestsForOperations({ ...props, operations: this._operations });
  }

  /**
   * What a handler is told of the store.
   * @internal
   */
  protected abstract _address(): object;

  /**
   * What a need takes, or a sentence that says why there is no such need here.
   * @internal
   */
  protected abstract _need(access: StoreAccess): TableNeed | string;

  /** @internal */
  protected _grant(grantee: iam.IGrantable, access: StoreAccess): iam.Grant {
    const need = this._need(access);
    if (typeof need === 'string') {
      addFinding(this, need);
      return iam.Grant.drop(grantee, `no such access: ${access.name}`);
    }
    const { tableArn, encryptionKey } = this.table;
    const grants = need.allowed
      .filter(({ actions }) => actions.length > 0)
      .map(({ actions, indexes = [], conditions }) =>
        iam.Grant.addToPrincipal({
          grantee,
          actions: [...actions],
          resourceArns: [tableArn, ...indexes.map((index) => `${tableArn}/index/${index}`)],
          conditions,
        }),
      );
    if (grants.length === 0) {
      return iam.Grant.drop(grantee, 'nothing of the table is needed');
    }
    if (encryptionKey !== undefined) {
      grants.push(need.writes ? encryptionKey.grantEncryptDecrypt(grantee) : encryptionKey.grantDecrypt(grantee));
    }
    return grants.reduce((all, grant) => all.combine(grant));
  }
}
