import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { IStore } from './store';

/** A global secondary index. It projects all attributes, so that a list can tell each item's version. */
export interface DynamoDbIndex {
  /** Its name, by which handlers ask for it: `by-category`. */
  readonly name: string;
  /** The attribute that it collects by: a string. */
  readonly partitionKey: string;
  /**
   * The attribute that it sorts by.
   * @default - unsorted
   */
  readonly sortKey?: string;
  /**
   * The type of the sort key.
   * @default dynamodb.AttributeType.STRING
   */
  readonly sortKeyType?: dynamodb.AttributeType;
}

/** A DynamoDB table with one owner, made by the kit or existing. */
export interface IDynamoDbStore extends IStore {
  /** The table. */
  readonly table: dynamodb.ITable;
  /** The name of the partition key: a string. */
  readonly partitionKey: string;
  /** The name of the sort key: a string. */
  readonly sortKey?: string;
  /** The secondary indexes. */
  readonly indexes: DynamoDbIndex[];

  /** Lets a principal read items, from the table and from its indexes. */
  grantRead(grantee: iam.IGrantable): iam.Grant;
  /** Lets a principal read, write and delete items; not the table itself. */
  grantReadWrite(grantee: iam.IGrantable): iam.Grant;
  /** Read capacity used, in units. */
  metricConsumedReadCapacityUnits(props?: cloudwatch.MetricOptions): cloudwatch.Metric;
  /** Write capacity used, in units; every index costs its own. */
  metricConsumedWriteCapacityUnits(props?: cloudwatch.MetricOptions): cloudwatch.Metric;
  /** Requests that were throttled, over all operations of the kit. */
  metricThrottledRequests(props?: cloudwatch.MetricOptions): cloudwatch.IMetric;
}
