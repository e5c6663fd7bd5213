/** What a need takes of IAM, by the documentation of the service and not by what the constructs grant. */

type Lines = readonly string[];

const each = (service: string, actions: readonly string[], on: string): string[] =>
  actions.map((action) => `${service}:${action} on ${on}`);

/** Writes its log. */
export const writesLog = (of: string): Lines => each('logs', ['CreateLogStream', 'PutLogEvents'], `${of} streams`);

/** Runs statements one by one, as a database user. */
export const runsStatements = (cluster: string, user: string): Lines => [
  ...each('rds-data', ['ExecuteStatement'], cluster),
  ...readsSecret(user),
];

/** Runs transactions, as a database user. */
export const runsTransactions = (cluster: string, user: string): Lines => [
  ...each('rds-data', ['BeginTransaction', 'CommitTransaction', 'RollbackTransaction'], cluster),
  ...runsStatements(cluster, user),
];

export const readsSecret = (secret: string): Lines => each('secretsmanager', ['GetSecretValue'], secret);

/** Publishes as one service and no other. */
export const publishesAs = (service: string, bus = 'Events/Bus'): Lines => [
  `events:PutEvents on ${bus} when ForAllValues:StringEquals events:source ${service}`,
];

/** The same on a bus that other apps meet, which knows the role's service by its tag. */
export const publishesOnNamedBusAs = (service: string): Lines => [
  `events:PutEvents on Events/Bus when ForAllValues:StringEquals events:source ${service} unless ` +
    `ForAnyValue:StringNotEquals events:source \${aws:PrincipalTag/cdk-database-patterns:service, 'nobody'}`,
];

/** Is called by Lambda with the messages of a queue. */
export const receives = (queue: string): Lines =>
  each(
    'sqs',
    ['ChangeMessageVisibility', 'DeleteMessage', 'GetQueueAttributes', 'GetQueueUrl', 'ReceiveMessage'],
    queue,
  );

/** Puts messages into a queue. The CDK's grant lets it look at the queue as well. */
export const sends = (queue: string): Lines => each('sqs', ['GetQueueAttributes', 'GetQueueUrl', 'SendMessage'], queue);

export const looksAtQueue = (queue: string): Lines => each('sqs', ['GetQueueAttributes'], queue);

/** Keeps a view in a table: by key, in transactions, and removes a generation at large. */
export const keepsView = (table: string): Lines =>
  each(
    'dynamodb',
    ['BatchGetItem', 'BatchWriteItem', 'ConditionCheckItem', 'DeleteItem', 'GetItem', 'PutItem', 'Scan', 'UpdateItem'],
    table,
  );

/** Answers questions from a table and its indexes. */
export const readsTable = (table: string, ...indexes: readonly string[]): Lines => [
  ...each('dynamodb', ['BatchGetItem', 'ConditionCheckItem', 'GetItem'], table),
  ...[table, ...indexes.map((index) => `${table} index ${index}`)].flatMap((on) =>
    each('dynamodb', ['Query', 'Scan'], on),
  ),
];

/** Appends commits: inserts, never overwrites; changes nothing but items of state. */
export const appendsCommits = (table: string): Lines => [
  ...each('dynamodb', ['GetItem', 'PartiQLInsert', 'Query'], table),
  `dynamodb:PartiQLUpdate on ${table} when ForAllValues:StringLike dynamodb:LeadingKeys state#* and ` +
    'Null dynamodb:LeadingKeys false',
];

/** Inserts the commits of others. */
export const importsCommits = (table: string): Lines => each('dynamodb', ['GetItem', 'PartiQLInsert'], table);

export const readsCommits = (table: string): Lines => each('dynamodb', ['DescribeTable', 'Query', 'Scan'], table);

export const scans = (table: string): Lines => each('dynamodb', ['Scan'], table);

/** Is called by Lambda with what changed in a table, and reads nothing of the table. */
export const followsStream = (table: string): Lines =>
  each('dynamodb', ['DescribeStream', 'GetRecords', 'GetShardIterator'], `${table} stream`);

/** What is encrypted with a key of the user's is read by who may decrypt with it. */
export const decrypts = (key: string): Lines => each('kms', ['Decrypt'], key);

/** Lambda looks at the key of what it follows. */
export const followsEncrypted = (key: string): Lines => each('kms', ['Decrypt', 'DescribeKey'], key);

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html */
export const encrypts = (key: string): Lines => [
  ...decrypts(key),
  ...each(
    'kms',
    [
      'Encrypt',
      'GenerateDataKey',
      'GenerateDataKeyPair',
      'GenerateDataKeyPairWithoutPlaintext',
      'GenerateDataKeyWithoutPlaintext',
      'ReEncryptFrom',
      'ReEncryptTo',
    ],
    key,
  ),
];

export const calls = (target: string): Lines => each('lambda', ['InvokeFunction'], target);

/** The framework of custom resources calls its function in any version. */
export const callsAnyVersion = (fn: string): Lines => [
  ...each('lambda', ['GetFunction'], fn),
  ...[fn, `${fn} version`, `${fn} alias live`, `${fn} alias other`].flatMap((on) => calls(on)),
];

/** Rebuilds a view: calls its function, and is its own parent. */
export const rebuilds = (machine: string, fn: string): Lines => [
  ...calls(fn),
  ...each('states', ['DescribeExecution', 'StopExecution'], `${machine} executions`),
  ...each('states', ['StartExecution'], machine),
  ...each(
    'logs',
    [
      'CreateLogDelivery',
      'DeleteLogDelivery',
      'DescribeLogGroups',
      'DescribeResourcePolicies',
      'GetLogDelivery',
      'ListLogDeliveries',
      'PutResourcePolicy',
      'UpdateLogDelivery',
    ],
    'everything',
  ),
];

/** Has an archive play, under names of the kit's own. */
export const replays = (archive: string, bus: string): Lines => [
  ...each('events', ['DescribeArchive', 'StartReplay'], archive),
  ...each('events', ['StartReplay'], bus),
  ...each('events', ['DescribeReplay', 'StartReplay'], 'a replay of the kit'),
];

/** A user's own function with the CDK's role, which may write every log of the account by a policy of AWS. */
export const nothing: Lines = [];
