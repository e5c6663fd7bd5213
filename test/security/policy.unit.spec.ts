import { describe, expect, it } from 'vitest';
import { type Conditions, type Context, decide, type Statement } from './policy.js';

const ROLE = 'arn:aws:iam::111122223333:role/relay';
const ACCOUNT = 'arn:aws:iam::111122223333:root';
const TABLE = 'arn:aws:dynamodb:eu-west-1:111122223333:table/kept';
const allow = (more: Partial<Statement> = {}): Statement => ({
  Effect: 'Allow',
  Action: 'dynamodb:GetItem',
  Resource: TABLE,
  ...more,
});
const deny = (more: Partial<Statement> = {}): Statement => ({ ...allow(more), Effect: 'Deny' });

function allowed(identity: readonly Statement[], resource: readonly Statement[] = [], context: Context = {}) {
  const request = { action: 'dynamodb:GetItem', resource: TABLE, context };
  return decide(request, { principal: ROLE, identity, resource });
}

/** As in "IAM JSON policy evaluation logic" of the IAM user guide, for one account. */
describe('a request is', () => {
  it.each<[string, Statement[], Statement[], boolean]>([
    ['refused where nothing is said', [], [], false],
    ['allowed by a policy of the role', [allow()], [], true],
    ['allowed by a policy of the resource', [], [allow({ Principal: { AWS: ROLE } })], true],
    ['not allowed by what the resource leaves to the account', [], [allow({ Principal: { AWS: ACCOUNT } })], false],
    ['denied by what the resource denies the account', [allow()], [deny({ Principal: { AWS: ACCOUNT } })], false],
    ['not allowed by what the resource says to another', [], [allow({ Principal: { AWS: `${ROLE}2` } })], false],
    [
      'not allowed by what the resource says to a service',
      [],
      [allow({ Principal: { Service: 'sqs.amazonaws.com' } })],
      false,
    ],
    ['denied by the role, whatever the resource allows', [deny()], [allow({ Principal: '*' })], false],
    ['denied by the resource, whatever the role allows', [allow()], [deny({ Principal: '*' })], false],
    ['not allowed by another action', [allow({ Action: 'dynamodb:PutItem' })], [], false],
    ['allowed by a pattern of actions in another case', [allow({ Action: 'DynamoDB:Get*' })], [], true],
    ['not allowed by another resource', [allow({ Resource: `${TABLE}2` })], [], false],
    ['not allowed by what lies below the resource', [allow({ Resource: `${TABLE}/index/*` })], [], false],
    ['allowed by a pattern of resources', [allow({ Resource: TABLE.replace('kept', 'k?p*') })], [], true],
  ])('%s', (_, identity, resource, expected) => {
    expect(allowed(identity, resource).allowed).toBe(expected);
  });

  it.each<[string, Conditions, Context, boolean]>([
    ['equal', { StringEquals: { k: ['a', 'b'] } }, { k: ['b'] }, true],
    ['unequal', { StringEquals: { k: 'a' } }, { k: ['b'] }, false],
    ['negated', { StringNotEquals: { k: 'a' } }, { k: ['b'] }, true],
    ['negated, of a key that is not there', { StringNotEquals: { k: 'a' } }, { k: [] }, true],
    ['of a key that is not there', { StringEquals: { k: 'a' } }, { k: [] }, false],
    ['all of none', { 'ForAllValues:StringEquals': { k: 'a' } }, { k: [] }, true],
    ['all, of which one is another', { 'ForAllValues:StringEquals': { k: 'a' } }, { k: ['a', 'b'] }, false],
    ['any, of which one is another', { 'ForAnyValue:StringNotEquals': { k: 'a' } }, { k: ['a', 'b'] }, true],
    ['any of none', { 'ForAnyValue:StringNotEquals': { k: 'a' } }, { k: [] }, false],
    ['a key that has to be there', { Null: { k: 'false' } }, { k: ['a'] }, true],
    ['a key that has to be there and is not', { Null: { k: 'false' } }, { k: [] }, false],
    ['like', { StringLike: { k: 'state#*' } }, { k: ['state#1'] }, true],
    ['a variable', { StringEquals: { k: "${tag, 'nobody'}" } }, { k: ['a'], tag: ['a'] }, true],
    ['a variable with its default', { StringEquals: { k: "${tag, 'nobody'}" } }, { k: ['nobody'], tag: [] }, true],
    [
      'two, of which one does not hold',
      { StringEquals: { k: 'a' }, Bool: { s: true } },
      { k: ['a'], s: ['false'] },
      false,
    ],
  ])('allowed on a condition: %s', (_, Condition, context, expected) => {
    expect(allowed([allow({ Condition })], [], context).allowed).toBe(expected);
  });

  it('allowed when what it does not say holds, and unless what it does not say denies', () => {
    const Condition = { StringEquals: { k: 'a' } };
    expect(allowed([allow({ Condition })], [deny({ Principal: '*', Condition: { Bool: { s: true } } })])).toEqual({
      allowed: true,
      when: [Condition],
      unless: [{ Bool: { s: true } }],
    });
  });

  it.each<[string, object]>([
    ['NotAction', { NotAction: 'dynamodb:*' }],
    ['NumericLessThan', { Condition: { NumericLessThan: { k: '3' } } }],
  ])('not answered where a statement has what is not understood: %s', (what, more) => {
    expect(() => allowed([{ ...allow(), ...more }], [], { k: ['1'] })).toThrow(what);
  });
});
