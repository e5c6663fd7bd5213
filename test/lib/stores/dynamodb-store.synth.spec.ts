import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import { DynamoDbStore, StoreAccess, type DynamoDbStoreProps } from '../../../lib/index.js';
import { findingsOf, newHandler, newStack, Synthesised } from '../support/synthesis.js';

const TABLE = 'AWS::DynamoDB::GlobalTable';

function synthesise(props: DynamoDbStoreProps) {
  const stack = newStack();
  const store = new DynamoDbStore(stack, 'ProductView', props);
  return { stack, store, handler: newHandler(stack) };
}

describe('a DynamoDB store', () => {
  it('protects its data unless told otherwise', () => {
    const { stack } = synthesise({ partitionKey: 'productId' });
    const table = new Synthesised(stack).only(TABLE);
    expect(table.DeletionPolicy).toBe('Retain');
    expect(table.Properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'productId', KeyType: 'HASH' }],
      Replicas: [
        { DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } },
      ],
    });
  });

  it('goes with its stack in development', () => {
    const { stack } = synthesise({ partitionKey: 'productId', development: true });
    const table = new Synthesised(stack).only(TABLE);
    expect(table.DeletionPolicy).toBe('Delete');
    expect(table.Properties).toMatchObject({
      Replicas: [
        { DeletionProtectionEnabled: false, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false } },
      ],
    });
  });

  it('has indexes by their names, with the types of their keys', () => {
    const { stack } = synthesise({
      partitionKey: 'productId',
      indexes: [
        { name: 'by-price', partitionKey: 'band', sortKey: 'price', sortKeyType: dynamodb.AttributeType.NUMBER },
      ],
    });
    expect(new Synthesised(stack).only(TABLE).Properties).toMatchObject({
      AttributeDefinitions: [
        { AttributeName: 'productId', AttributeType: 'S' },
        { AttributeName: 'band', AttributeType: 'S' },
        { AttributeName: 'price', AttributeType: 'N' },
      ],
      GlobalSecondaryIndexes: [{ IndexName: 'by-price', Projection: { ProjectionType: 'ALL' } }],
    });
  });

  it('tells a function where it is and how it is made', () => {
    const { stack, store, handler } = synthesise({
      partitionKey: 'day',
      sortKey: 'country',
      indexes: [{ name: 'by-country', partitionKey: 'country', sortKey: 'day' }],
    });
    store.wire(handler, StoreAccess.READ);
    const synthesised = new Synthesised(stack);
    expect(synthesised.variable(handler, 'DBPATTERNS_STORE_PRODUCT_VIEW')).toEqual({
      kind: 'dynamodb',
      table: `<${synthesised.only(TABLE).id}>`,
      partitionKey: 'day',
      sortKey: 'country',
      indexes: [{ name: 'by-country', partitionKey: 'country', sortKey: 'day' }],
    });
  });

  it('lets a reader read the table and those indexes that there are', () => {
    const { stack, store, handler } = synthesise({
      partitionKey: 'productId',
      indexes: [{ name: 'by-category', partitionKey: 'category' }],
    });
    store.wire(handler, StoreAccess.READ);
    const synthesised = new Synthesised(stack);
    const arn = `<${synthesised.only(TABLE).id}.Arn>`;
    expect(synthesised.allowed(handler)).toEqual([
      `dynamodb:BatchGetItem ${arn}`,
      `dynamodb:ConditionCheckItem ${arn}`,
      `dynamodb:GetItem ${arn}`,
      `dynamodb:Query ${arn}`,
      `dynamodb:Query ${arn}/index/by-category`,
      `dynamodb:Scan ${arn}`,
      `dynamodb:Scan ${arn}/index/by-category`,
    ]);
  });

  it('lets nobody at an index where there is none', () => {
    const { stack, store, handler } = synthesise({ partitionKey: 'productId' });
    store.wire(handler, StoreAccess.READ_WRITE);
    expect(new Synthesised(stack).allowed(handler).join('\n')).not.toContain('/index/');
  });

  it('lets a writer write items and not change the table', () => {
    const { stack, store, handler } = synthesise({ partitionKey: 'productId' });
    store.grantReadWrite(handler);
    const actions = new Synthesised(stack).allowed(handler).map((line) => line.split(' ')[0]);
    expect(actions).toEqual([
      'dynamodb:BatchGetItem',
      'dynamodb:BatchWriteItem',
      'dynamodb:ConditionCheckItem',
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:Scan',
      'dynamodb:UpdateItem',
    ]);
  });

  it('lets its readers use its key, and use it for reading only', () => {
    const stack = newStack({ region: 'eu-west-1' });
    const encryptionKey = new kms.Key(stack, 'Key');
    const store = new DynamoDbStore(stack, 'View', { partitionKey: 'id', encryptionKey });
    const handler = newHandler(stack);
    store.grantRead(handler);
    const synthesised = new Synthesised(stack);
    const key = `<${synthesised.idOf(encryptionKey)}.Arn>`;
    const uses = synthesised.allowed(handler).filter((line) => line.endsWith(key));
    expect(uses).toEqual([`kms:Decrypt ${key}`]);
  });

  it('asks for a region where it has a key of its own', () => {
    const stack = newStack();
    new DynamoDbStore(stack, 'View', { partitionKey: 'id', encryptionKey: new kms.Key(stack, 'Key') });
    expect(findingsOf(stack)).toContain('[Shop/View] encryptionKey is given, and the region of the stack is not known');
  });

  it('can be a table that exists already', () => {
    const stack = newStack();
    const table = dynamodb.TableV2.fromTableArn(
      stack,
      'Existing',
      'arn:aws:dynamodb:eu-west-1:123456789012:table/view',
    );
    const store = DynamoDbStore.fromTable(stack, 'View', {
      table,
      partitionKey: 'id',
      indexes: [{ name: 'by-name', partitionKey: 'name' }],
    });
    const handler = newHandler(stack);
    store.wire(handler, StoreAccess.READ);
    const synthesised = new Synthesised(stack);
    synthesised.template.resourceCountIs(TABLE, 0);
    expect(synthesised.variable(handler, 'DBPATTERNS_STORE_VIEW')).toMatchObject({ table: 'view', partitionKey: 'id' });
    expect(synthesised.allowed(handler)).toContain(
      'dynamodb:Query arn:aws:dynamodb:eu-west-1:123456789012:table/view/index/by-name',
    );
  });

  it('says all that is wrong with its keys and indexes at once', () => {
    const { stack } = synthesise({
      partitionKey: '_id',
      indexes: [
        { name: 'x', partitionKey: 'category' },
        { name: 'by-price', partitionKey: 'price' },
        { name: 'by-price', partitionKey: 'band', sortKey: 'price', sortKeyType: dynamodb.AttributeType.NUMBER },
        { name: 'twice', partitionKey: 'band', sortKey: 'band' },
      ],
    });
    const findings = findingsOf(stack);
    expect(findings).toContain('[Shop/ProductView] the partition key is "_id"; allowed');
    expect(findings).toContain('[Shop/ProductView] the name of an index is "x"; allowed: 3 to 255');
    expect(findings).toContain('[Shop/ProductView] two indexes are named "by-price"');
    expect(findings).toContain('[Shop/ProductView] attribute "price" is of type N in index "by-price" and S elsewhere');
    expect(findings).toContain('[Shop/ProductView] index "twice" has "band" as partition key and as sort key');
  });

  it('cannot tell a function that is not of this app', () => {
    const stack = newStack();
    const store = new DynamoDbStore(stack, 'View', { partitionKey: 'id' });
    const arn = 'arn:aws:lambda:eu-west-1:123456789012:function:elsewhere';
    store.wire(lambda.Function.fromFunctionArn(stack, 'Elsewhere', arn), StoreAccess.READ);
    expect(findingsOf(stack)).toContain('[Shop/View] the handler Shop/Elsewhere is an imported function');
  });

  it('may not have the name of another that the function uses', () => {
    const stack = newStack();
    const handler = newHandler(stack);
    new DynamoDbStore(stack, 'OrderView', { partitionKey: 'id' }).wire(handler, StoreAccess.READ);
    new DynamoDbStore(stack, 'Order-View', { partitionKey: 'id' }).wire(handler, StoreAccess.READ);
    expect(findingsOf(stack)).toContain(
      'the handler Shop/Handler serves the store (Shop/OrderView) and cannot serve the store (Shop/Order-View) too',
    );
  });
});
