import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { watch } from '../private/alarms';
import { rebuildDefinition } from '../private/rebuild-definition';
import { Service } from '../service';

interface RebuildProps {
  readonly projectionName: string;
  readonly handler: lambda.IFunction;
  readonly keepPrevious: Duration;
}

/**
 * The state machine that rebuilds a view. The projection's own function does the work and remembers how far it is; the
 * state machine calls it, waits and tries again. Idle it costs nothing.
 */
export class Rebuild extends Construct {
  public readonly stateMachine: sfn.IStateMachine;
  /** They ring when an execution ends in anything but what it was told. */
  public readonly alarms: cloudwatch.Alarm[];

  public constructor(scope: Construct, id: string, props: RebuildProps) {
    super(scope, id);
    const { handler } = props;
    const stack = Stack.of(this);
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('states.amazonaws.com'),
      description: `Rebuilds the view of ${props.projectionName}`,
    });
    iam.Grant.addToPrincipal({
      grantee: role,
      actions: ['lambda:InvokeFunction'],
      resourceArns: [handler.functionArn],
    });
    const stateMachine = new sfn.StateMachine(this, 'StateMachine', {
      comment: `Rebuilds the view of ${props.projectionName}`,
      definitionBody: sfn.DefinitionBody.fromString(
        stack.toJsonString(
          rebuildDefinition({ functionArn: handler.functionArn, keep: props.keepPrevious.toSeconds() }),
        ),
      ),
      role,
      tracingEnabled: false,
      logs: {
        level: sfn.LogLevel.ERROR,
        includeExecutionData: false,
        destination: new logs.LogGroup(this, 'Logs', {
          retention: logs.RetentionDays.ONE_MONTH,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      },
    });
    this.grantSegments(role, stateMachine);
    this.stateMachine = stateMachine;
    this.alarms = this.watched(props.projectionName, stateMachine);
  }

  /** An execution has no time-out, so there are two ways for it to end badly. Local clouds know no metric math. */
  private watched(projectionName: string, stateMachine: sfn.StateMachine): cloudwatch.Alarm[] {
    const each = { period: Duration.minutes(5), statistic: cloudwatch.Stats.SUM };
    const nobody =
      'Nobody works on it any more. See "dbpatterns projections status" for why and for what readers see; then resume ' +
      'it, or roll it back.';
    return [
      watch(this, 'Failed', Service.of(this), {
        metric: stateMachine.metricFailed(each),
        above: 0,
        description: `A rebuild of ${projectionName} has failed. ${nobody}`,
      }),
      watch(this, 'Aborted', Service.of(this), {
        metric: stateMachine.metricAborted(each),
        above: 0,
        description: `A rebuild of ${projectionName} was ended from outside. ${nobody}`,
      }),
    ];
  }

  /**
   * Each segment is an execution of its own. A policy by itself, because the state machine waits for its role's.
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
   */
  private grantSegments(role: iam.Role, stateMachine: sfn.StateMachine): void {
    const executions = Stack.of(this).formatArn({
      service: 'states',
      resource: 'execution',
      resourceName: `${stateMachine.stateMachineName}:*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    new iam.Policy(this, 'Segments', {
      roles: [role],
      statements: [
        new iam.PolicyStatement({ actions: ['states:StartExecution'], resources: [stateMachine.stateMachineArn] }),
        new iam.PolicyStatement({
          actions: ['states:DescribeExecution', 'states:StopExecution'],
          resources: [executions],
        }),
      ],
    });
  }
}
