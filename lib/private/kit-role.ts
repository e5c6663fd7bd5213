import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';

export interface KitRoleProps {
  /** What the function with this role does. */
  readonly description: string;
}

/**
 * A role for one of the kit's functions, which may write to one log group. The role that the CDK would make carries a
 * managed policy that may write to every log group of the account.
 */
export class KitRole extends Construct {
  public readonly role: iam.IRole;
  public readonly logGroup: logs.ILogGroup;

  public constructor(scope: Construct, id: string, props: KitRoleProps) {
    super(scope, id);
    const logGroup = new logs.LogGroup(this, 'Logs', {
      retention: logs.RetentionDays.ONE_MONTH,
      // Logs hold no state of their own: they go with their stack.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      description: props.description,
    });
    logGroup.grants.write(role);
    this.role = role;
    this.logGroup = logGroup;
  }
}
