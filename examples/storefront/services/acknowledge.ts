import { type CfnElement, Stack, Validations } from 'aws-cdk-lib/core';
import type { CommandApi, IPostgresStore, Projection, QueryApi } from 'cdk-database-patterns';
import type { IConstruct } from 'constructs';

/** Findings of cdk-nag that stand, each with its reason. A finding that is not here fails the checks. */
export function acknowledge(
  stack: Stack,
  parts: {
    readonly databases: readonly IPostgresStore[];
    readonly apis: readonly (CommandApi | QueryApi)[];
    readonly projections: readonly Projection[];
  },
): void {
  stands(stack, {
    'AwsSolutions-L1': 'The handlers are built for Node 22 and tested on it; it is supported until April 2027.',
  });
  for (const { api } of parts.apis) {
    stands(api, {
      'AwsSolutions-COG4': 'Callers are systems, which sign with IAM credentials. The shop keeps no users.',
      'AwsSolutions-APIG2': 'The handler checks each field against its schema and answers with all of the faults.',
      'AwsSolutions-APIG1': 'Logs of an API need a role in the account’s own settings, which no example should change.',
      'AwsSolutions-APIG6': 'Logs of an API need a role in the account’s own settings, which no example should change.',
      'AwsSolutions-APIG3':
        'Nobody without credentials gets past API Gateway; a firewall for the web is for the public.',
    });
  }
  for (const store of parts.databases) {
    stands(store, {
      'AwsSolutions-SMG4':
        'RDS rotates the master password. A user of a function can reach nothing but its own tables.',
      'AwsSolutions-SQS3': 'A sweep holds no data: it says "look once more", and it is repeated until that worked.',
      'AwsSolutions-VPC7': 'Only the cluster lies in these isolated subnets, and callers come by the Data API.',
      [`AwsSolutions-IAM5[Resource::<${logicalId(store.migrationFunction)}.Arn>:*]`]:
        'The framework of custom resources calls the migrations by ARN and version.',
    });
  }
  for (const projection of parts.projections) {
    if (projection.rebuild === undefined) continue;
    const executions = `arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<${logicalId(projection.rebuild)}.Name>`;
    stands(projection, {
      'AwsSolutions-SF1':
        'Failures are logged; each step of a rebuild would be too much, and how far it is, the projection says.',
      'AwsSolutions-SF2': 'A rebuild calls one function, in steps of seconds: there is nothing to trace.',
      'AwsSolutions-IAM5[Resource::*]': 'Step Functions delivers its logs by calls that know no resource.',
      [`AwsSolutions-IAM5[Resource::${executions}:*]`]: 'Executions of this state machine only.',
    });
  }
}

function stands(construct: IConstruct, findings: Readonly<Record<string, string>>): void {
  // Not by `acknowledge`, which refuses the id of a finding with an ARN in it for its colons.
  construct.node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, findings);
}

function logicalId(construct: IConstruct): string {
  return Stack.of(construct).getLogicalId(construct.node.defaultChild as CfnElement);
}
