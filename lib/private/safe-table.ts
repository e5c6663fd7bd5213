import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { RemovalPolicy, Stack, Token } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { onlyOwner } from './closed';
import { addFinding } from './findings';
import { keyOf } from './service-key';

/**
 * What reads or writes data; whoever operates tables may still describe, back up and restore them.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-iam-actions.html
 */
const DATA_ACTIONS = [
  'GetItem',
  'BatchGetItem',
  'Query',
  'Scan',
  'PutItem',
  'UpdateItem',
  'DeleteItem',
  'BatchWriteItem',
  'ConditionCheckItem',
  'PartiQLSelect',
  'PartiQLInsert',
  'PartiQLUpdate',
  'PartiQLDelete',
  // All of it at once, into whichever bucket.
  'ExportTableToPointInTime',
].map((name) => `dynamodb:${name}`);

export interface SafeTableProps {
  readonly partitionKey: dynamodb.Attribute;
  /**
   * The sort key.
   * @default - none
   */
  readonly sortKey?: dynamodb.Attribute;
  /**
   * Global secondary indexes.
   * @default - none
   */
  readonly indexes?: dynamodb.GlobalSecondaryIndexPropsV2[];
  /**
   * What the table's stream tells of a change.
   * @default - no stream
   */
  readonly dynamoStream?: dynamodb.StreamViewType;
  /** Whether the data may go with its stack. */
  readonly development: boolean;
  /**
   * A key of the user's own.
   * @default - that of the service, or a key that DynamoDB owns
   */
  readonly encryptionKey?: kms.IKey;
}

/** A table on demand, encrypted, with point-in-time recovery and deletion protection, kept when its stack goes. */
export class SafeTable extends dynamodb.TableV2 {
  public constructor(scope: Construct, id: string, props: SafeTableProps) {
    const encryptionKey = usableKey(scope, keyOf(scope, props.encryptionKey));
    const closing = onlyOwner(scope, DATA_ACTIONS);
    super(scope, id, {
      partitionKey: props.partitionKey,
      sortKey: props.sortKey,
      globalSecondaryIndexes: props.indexes,
      dynamoStream: props.dynamoStream,
      billing: dynamodb.Billing.onDemand(),
      encryption:
        encryptionKey === undefined
          ? dynamodb.TableEncryptionV2.dynamoOwnedKey()
          : dynamodb.TableEncryptionV2.customerManagedKey(encryptionKey),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: !props.development },
      deletionProtection: !props.development,
      resourcePolicy: closing && new iam.PolicyDocument({ statements: [closing] }),
      removalPolicy: props.development ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    });
  }
}

/** A key attribute that holds a text. */
export function text(name: string): dynamodb.Attribute {
  return { name, type: dynamodb.AttributeType.STRING };
}

/** A global table names the key of each region, so that the CDK has to know the region. */
function usableKey(scope: Construct, key: kms.IKey | undefined): kms.IKey | undefined {
  if (key === undefined || !Token.isUnresolved(Stack.of(scope).region)) {
    return key;
  }
  addFinding(
    scope,
    'encryptionKey is given, and the region of the stack is not known; give the stack a region, as in ' +
      "env: { region: 'eu-west-1' }, or leave encryptionKey out",
  );
  return undefined;
}
