/**
 * AWS-managed policies that reach no store. All others count as wildcards: what they allow is AWS's to change.
 * @see https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */
const HARMLESS = new Set([
  'AWSLambdaBasicExecutionRole',
  'AWSLambdaVPCAccessExecutionRole',
  'AWSXRayDaemonWriteAccess',
  'AWSXrayWriteOnlyAccess',
  'CloudWatchLambdaInsightsExecutionRolePolicy',
  'CloudWatchLambdaApplicationSignalsExecutionRolePolicy',
  'CloudWatchAgentServerPolicy',
  'CloudWatchReadOnlyAccess',
  'AmazonECSTaskExecutionRolePolicy',
  'AmazonAPIGatewayPushToCloudWatchLogs',
  'AWSAppSyncPushToCloudWatchLogs',
  'AWSCodeDeployRoleForLambda',
  'AWSCodeDeployRoleForLambdaLimited',
  'AWSCodeDeployRole',
  'AWSConfigRulesExecutionRole',
  'AWSBatchServiceRole',
  // Copies that stay in the account's vaults, and what is made of them.
  'AWSBackupServiceRolePolicyForBackup',
  'AWSBackupServiceRolePolicyForRestores',
  'AmazonRDSEnhancedMonitoringRole',
  'AmazonRDSDirectoryServiceAccess',
  'AmazonSSMManagedInstanceCore',
  'AmazonEC2ContainerServiceforEC2Role',
  'AmazonECSInfrastructureRolePolicyForLoadBalancers',
  'AmazonECSInfrastructureRolePolicyForManagedInstances',
  'AmazonECSInfrastructureRolePolicyForVolumes',
  'AmazonEC2ContainerRegistryPullOnly',
  'AmazonEC2ContainerRegistryReadOnly',
  'AmazonElasticContainerRegistryPublicReadOnly',
  'AmazonEKSClusterPolicy',
  'AmazonEKSFargatePodExecutionRolePolicy',
  'AmazonEKSWorkerNodePolicy',
  'AmazonEKS_CNI_Policy',
  'AWSLambdaBasicDurableExecutionRolePolicy',
  'AWSLambdaManagedEC2ResourceOperator',
  'AWSLambdaMSKExecutionRole',
]);

/** Those that reach stores of one kind, by the beginning of their names. */
const NARROW: readonly (readonly [string, readonly string[]])[] = [
  ['AmazonDynamoDB', ['dynamodb']],
  ['AWSLambdaDynamoDB', ['dynamodb']],
  ['AWSLambdaInvocation-DynamoDB', ['dynamodb', 'lambda']],
  ['AmazonS3', ['s3']],
  ['AmazonRDSData', ['rds-data', 'secretsmanager']],
  ['AmazonRDS', ['rds']],
  ['SecretsManager', ['secretsmanager']],
  ['AWSSecretsManager', ['secretsmanager']],
  ['AmazonSQS', ['sqs']],
  ['AWSLambdaSQS', ['sqs']],
  ['AWSLambdaExecute', ['s3']],
  ['AmazonKinesis', ['kinesis']],
  ['AWSLambdaKinesis', ['kinesis']],
  ['AmazonElastiCache', ['elasticache']],
  ['AmazonOpenSearch', ['es']],
  ['AWSStepFunctions', ['states']],
  ['AWSLambda', ['lambda']],
];

/** What a managed policy that cannot be read counts as; nothing where it spares the stores. */
export function countsAs(arn: string): readonly string[] {
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  if (!arn.includes(':aws:policy/')) {
    return ['*'];
  }
  if (HARMLESS.has(name)) {
    return [];
  }
  const narrow = NARROW.find(([beginning]) => name.startsWith(beginning));
  return narrow === undefined ? ['*'] : narrow[1].map((prefix) => `${prefix}:*`);
}
