import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import { Duration } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import { DynamoDbStore, QueryApi, type QueryApiProps } from '../../../lib/index.js';
import { newCommands, newShop } from '../support/shop.js';
import { findingsOf, newHandler, Synthesised } from '../support/synthesis.js';

function synthesise(props: Partial<QueryApiProps> = {}, timeout?: Duration) {
  const shop = newShop();
  const view = new DynamoDbStore(shop.catalog, 'View', { partitionKey: 'productId' });
  const handler = newHandler(shop.catalog, 'QueryHandler', timeout);
  const queries = new QueryApi(shop.catalog, 'Queries', { store: view, handler, ...props });
  return { ...shop, view, handler, queries };
}

describe('a query API', () => {
  it('brings every GET to one function, from callers with IAM credentials', () => {
    const { stack } = synthesise();
    const { template } = new Synthesised(stack);
    template.hasResourceProperties('AWS::ApiGateway::Resource', { PathPart: '{proxy+}' });
    template.hasResourceProperties('AWS::ApiGateway::Method', { HttpMethod: 'GET', AuthorizationType: 'AWS_IAM' });
    template.resourceCountIs('AWS::ApiGateway::Method', 1);
  });

  it('tells its handler what it needs to know', () => {
    const { stack, handler } = synthesise();
    const synthesised = new Synthesised(stack);
    expect(synthesised.variable(handler, 'DBPATTERNS_QUERIES')).toEqual({ waitLimit: 2000, store: 'VIEW' });
    expect(synthesised.variable(handler, 'DBPATTERNS_STORE_VIEW')).toMatchObject({ partitionKey: 'productId' });
  });

  it('lets its handler read and nothing else', () => {
    const { stack, handler } = synthesise();
    const actions = new Synthesised(stack).allowed(handler).map((line) => line.split(' ')[0]);
    expect(actions).toEqual([
      'dynamodb:BatchGetItem',
      'dynamodb:ConditionCheckItem',
      'dynamodb:GetItem',
      'dynamodb:Query',
      'dynamodb:Scan',
    ]);
  });

  it('reads a PostgreSQL store as its reader', () => {
    const { catalog, products, stack } = newShop();
    const handler = newHandler(catalog);
    new QueryApi(catalog, 'Queries', { store: products, handler });
    const synthesised = new Synthesised(stack);
    expect(synthesised.only('AWS::SecretsManager::Secret').Properties).toMatchObject({
      GenerateSecretString: { SecretStringTemplate: '{"username":"catalog_reader"}' },
    });
  });

  it('can share an API with commands', () => {
    const shop = newShop();
    const { api } = newCommands(shop);
    const view = new DynamoDbStore(shop.catalog, 'View', { partitionKey: 'productId' });
    const queries = new QueryApi(shop.catalog, 'Queries', { store: view, handler: newHandler(shop.catalog), api });
    expect(queries.api).toBe(api);
    new Synthesised(shop.stack).template.resourceCountIs('AWS::ApiGateway::RestApi', 1);
  });

  it('does not know where an imported API answers', () => {
    const shop = newShop();
    const api = apigateway.RestApi.fromRestApiAttributes(shop.stack, 'Imported', {
      restApiId: 'a',
      rootResourceId: 'r',
    });
    const view = new DynamoDbStore(shop.catalog, 'View', { partitionKey: 'productId' });
    const queries = new QueryApi(shop.catalog, 'Queries', { store: view, handler: newHandler(shop.catalog), api });
    expect(() => queries.url).toThrow('Shop/Catalog/Queries stands in an imported API');
  });

  it('does not wait for longer than its handler may take', () => {
    const { stack } = synthesise({ waitLimit: Duration.seconds(5) }, Duration.seconds(5));
    expect(findingsOf(stack)).toContain(
      "[Shop/Catalog/Queries] waitLimit is 5000 ms, and the handler's timeout 5000 ms; allowed: less than the timeout",
    );
  });
});
