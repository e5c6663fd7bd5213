import { meet } from './glob';

/** A kind of resource that only its own service uses. */
export interface Kind {
  /** What it is, for messages. */
  readonly what: string;
  /** Prefixes of the actions that reach it. */
  readonly prefixes: readonly string[];
  /** Actions that tell nothing of what is in it, as beginnings in lower case. */
  readonly harmless: readonly string[];
  /** These reach it and no others, as patterns in lower case; instead of `harmless`. */
  readonly only?: readonly string[];
  /** The property with its name. */
  readonly name?: string;
  /** How CloudFormation names it where nobody did: `{stack}` and `{id}`. */
  readonly generated?: string;
  /** Its ARNs behind the partition: `{env}` stands for region and account, `{name}` for the name. */
  readonly arns: readonly string[];
  /**
   * Whoever uses it does so by its role and not by their own: guarded against other services, and open to those who
   * operate the app.
   */
  readonly acting?: boolean;
  /** Two services that use one have a shared database, whether or not it belongs to a service. */
  readonly isData?: boolean;
}

const LOOKS = ['describe', 'list'];
const table: Kind = {
  what: 'table',
  prefixes: ['dynamodb', 'dax'],
  harmless: LOOKS,
  name: 'TableName',
  arns: ['dynamodb:{env}:table/{name}', 'dynamodb:{env}:table/{name}/*'],
  isData: true,
};
const database = (name: string, resource: string): Kind => ({
  what: 'database',
  // The master's secret is an attribute of it.
  prefixes: ['rds-data', 'rds', 'rds-db', 'neptune-db', 'secretsmanager'],
  harmless: LOOKS,
  name,
  arns: [`rds:{env}:${resource}:{name}`, 'rds-db:{env}:dbuser:*/*'],
  isData: true,
});
const cache = (name: string, resource: string): Kind => ({
  what: 'cache',
  prefixes: ['elasticache', 'memorydb'],
  harmless: LOOKS,
  name,
  arns: [`elasticache:{env}:${resource}:{name}`],
  isData: true,
});

/** A new engine adds a row. */
export const KINDS: Readonly<Record<string, Kind>> = {
  'AWS::DynamoDB::Table': table,
  'AWS::DynamoDB::GlobalTable': table,
  'AWS::RDS::DBCluster': database('DBClusterIdentifier', 'cluster'),
  'AWS::RDS::DBInstance': database('DBInstanceIdentifier', 'db'),
  'AWS::RDS::DBProxy': database('DBProxyName', 'db-proxy'),
  'AWS::Neptune::DBCluster': database('DBClusterIdentifier', 'cluster'),
  'AWS::DocDB::DBCluster': database('DBClusterIdentifier', 'cluster'),
  'AWS::ElastiCache::ServerlessCache': cache('ServerlessCacheName', 'serverlesscache'),
  'AWS::ElastiCache::ReplicationGroup': cache('ReplicationGroupId', 'replicationgroup'),
  'AWS::ElastiCache::CacheCluster': cache('ClusterName', 'cluster'),
  'AWS::MemoryDB::Cluster': { ...cache('ClusterName', 'cluster'), arns: ['memorydb:{env}:cluster/{name}'] },
  'AWS::DSQL::Cluster': {
    what: 'database',
    prefixes: ['dsql'],
    harmless: LOOKS,
    arns: ['dsql:{env}:cluster/*'],
    isData: true,
  },
  'AWS::OpenSearchService::Domain': {
    what: 'search domain',
    prefixes: ['es', 'opensearch'],
    harmless: LOOKS,
    name: 'DomainName',
    arns: ['es:{env}:domain/{name}', 'es:{env}:domain/{name}/*'],
    isData: true,
  },
  'AWS::OpenSearchServerless::Collection': {
    what: 'search collection',
    prefixes: ['aoss'],
    harmless: LOOKS,
    arns: ['aoss:{env}:collection/*'],
    isData: true,
  },
  'AWS::Cassandra::Table': {
    what: 'table',
    prefixes: ['cassandra'],
    harmless: LOOKS,
    arns: ['cassandra:{env}:/keyspace/*'],
    isData: true,
  },
  'AWS::EFS::FileSystem': {
    what: 'file system',
    prefixes: ['elasticfilesystem'],
    harmless: LOOKS,
    arns: ['elasticfilesystem:{env}:file-system/*'],
    isData: true,
  },
  'AWS::S3::Bucket': {
    what: 'bucket',
    prefixes: ['s3'],
    harmless: ['listallmybuckets', 'getbucketlocation'],
    name: 'BucketName',
    arns: ['s3:::{name}', 's3:::{name}/*'],
    isData: true,
  },
  'AWS::Kinesis::Stream': {
    what: 'stream',
    prefixes: ['kinesis'],
    harmless: LOOKS,
    name: 'Name',
    arns: ['kinesis:{env}:stream/{name}', 'kinesis:{env}:stream/{name}/*'],
    isData: true,
  },
  'AWS::SecretsManager::Secret': {
    what: 'secret',
    prefixes: ['secretsmanager'],
    harmless: [...LOOKS, 'getrandompassword'],
    name: 'Name',
    generated: '{id}-*',
    arns: ['secretsmanager:{env}:secret:{name}-??????'],
    isData: true,
  },
  'AWS::KMS::Key': {
    what: 'key',
    prefixes: ['kms'],
    harmless: [...LOOKS, 'getpublickey'],
    arns: ['kms:{env}:key/*'],
  },
  'AWS::SQS::Queue': {
    what: 'queue',
    prefixes: ['sqs'],
    harmless: ['list', 'getqueueurl', 'getqueueattributes'],
    name: 'QueueName',
    arns: ['sqs:{env}:{name}'],
  },
  'AWS::IAM::Role': {
    what: 'role',
    prefixes: ['sts'],
    harmless: [],
    only: ['assumerole'],
    name: 'RoleName',
    arns: ['iam::*:role/{name}'],
  },
  'AWS::Lambda::Function': {
    what: 'function',
    prefixes: ['lambda'],
    harmless: [],
    only: ['invoke*'],
    name: 'FunctionName',
    arns: ['lambda:{env}:function:{name}', 'lambda:{env}:function:{name}:*'],
    acting: true,
  },
  'AWS::StepFunctions::StateMachine': {
    what: 'state machine',
    prefixes: ['states'],
    harmless: [],
    only: ['start*'],
    name: 'StateMachineName',
    arns: ['states:{env}:stateMachine:{name}', 'states:{env}:stateMachine:{name}:*'],
    acting: true,
  },
};

/** Names that are always in lower case, whatever a template says. */
export const LOWER = /^(rds|s3|elasticache|memorydb|es):/;

/** Whether an action, without its prefix and maybe with wildcards, does something that matters. */
export function touches(kind: Kind, verb: string): boolean {
  if (kind.only !== undefined) {
    return kind.only.some((pattern) => meet(verb, pattern));
  }
  const wild = verb.search(/[*?]/);
  const beginning = wild < 0 ? verb : verb.slice(0, wild);
  return !kind.harmless.some((each) => beginning.startsWith(each));
}

/** What an ARN is of, by its service; nothing where no kind has such ARNs. */
export function kindOfArn(arn: string): Kind | undefined {
  const [, , service = '', , , ...rest] = arn.split(':');
  const resource = rest.join(':');
  return Object.values(KINDS).find((kind) =>
    kind.arns.some((each) => {
      const [own = '', ...tail] = each.replace('{env}', '*:*').split(':');
      return own === service && meet(resource, tail.slice(2).join(':').replace('{name}', '*'));
    }),
  );
}
