import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { CommandApi, Decider, DynamoDbStore, Projection, View } from '../../../lib/index.js';
import { newCommands, newShop } from '../support/shop.js';
import { findingsOf, newHandler, Synthesised } from '../support/synthesis.js';

describe('a handler whose decisions are made by another function', () => {
  it('may be given to a command API, and alone may call the function that decides', () => {
    const shop = newShop();
    const decide = newHandler(shop.catalog, 'Decide');
    const handler = Decider.commands(shop.catalog, 'CommandHandler', decide);
    new CommandApi(shop.catalog, 'Commands', { store: shop.products, handler, stream: 'product' });
    expect(findingsOf(shop.stack)).toBe('');
    const synthesised = new Synthesised(shop.stack);
    const id = synthesised.idOf(decide);
    const calls = { Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: { 'Fn::GetAtt': [id, 'Arn'] } };
    const callers = synthesised.template.findResources('AWS::IAM::Policy', {
      Properties: { PolicyDocument: { Statement: Match.arrayWith([calls]) } },
    });
    expect(Object.keys(callers)).toEqual([expect.stringContaining('CommandHandlerRole')]);
    expect(JSON.stringify(synthesised.propertiesOf(handler))).toContain('DBPATTERNS_DECIDER');
  });

  it('may be given to a projection', () => {
    const shop = newShop();
    const view = new DynamoDbStore(shop.catalog, 'View', { partitionKey: 'id' });
    const handler = Decider.projection(shop.catalog, 'ListingHandler', newHandler(shop.catalog, 'List'));
    new Projection(shop.catalog, 'Listing', { of: newCommands(shop).stream, into: View.entity(view), handler });
    expect(findingsOf(shop.stack)).toBe('');
  });

  it('gives the function that decides no right to anything', () => {
    const shop = newShop();
    const decide = newHandler(shop.catalog, 'Decide');
    const handler = Decider.commands(shop.catalog, 'CommandHandler', decide);
    new CommandApi(shop.catalog, 'Commands', { store: shop.products, handler, stream: 'product' });
    const policies = new Synthesised(shop.stack).template.findResources('AWS::IAM::Policy');
    expect(Object.keys(policies).filter((id) => id.includes('Decide'))).toEqual([]);
  });
});
