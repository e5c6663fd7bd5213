import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { IWriteModel } from './store';

/** A DynamoDB table of commits with one owner, made by the kit or existing. */
export interface ICommitStore extends IWriteModel {
  /** The table. Its keys are `stream` and `version`, both strings, and it has a stream with new images. */
  readonly table: dynamodb.ITable;

  /** Lets a principal read commits. Nobody may be let change one. */
  grantRead(grantee: iam.IGrantable): iam.Grant;
  /** Read capacity used, in units. */
  metricConsumedReadCapacityUnits(props?: cloudwatch.MetricOptions): cloudwatch.Metric;
  /** Write capacity used, in units: one per KB of a commit, twice that where state changes with it. */
  metricConsumedWriteCapacityUnits(props?: cloudwatch.MetricOptions): cloudwatch.Metric;
  /** Requests that were throttled, over all operations of the kit. */
  metricThrottledRequests(props?: cloudwatch.MetricOptions): cloudwatch.IMetric;
}
