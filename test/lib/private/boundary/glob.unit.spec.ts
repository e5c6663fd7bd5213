import { describe, expect, it } from 'vitest';
import { meet, meetArn } from '../../../../lib/private/boundary/glob.js';

describe('two patterns', () => {
  it.each([
    ['table/Shop-A*', 'table/Shop-AStoreTable1-*', true],
    ['table/audit-*', 'table/Shop-AStoreTable1-*', false],
    ['*', '', true],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['*b*', 'a*', true],
    ['arn:*', 'arn:*:dynamodb:*:*:table/x', true],
    ['a*a', 'b*', false],
    ['', 'a', false],
  ])('%s and %s meet: %s', (a, b, expected) => {
    expect(meet(a, b)).toBe(expected);
    expect(meet(b, a)).toBe(expected);
  });

  it.each([
    ['arn:aws:dynamodb:eu-west-1:123456789012:table/audit-*', false],
    ['arn:aws:dynamodb:eu-west-1:123456789012:table/Shop-*', true],
    ['arn:aws:dynamodb:*:*:table/*', true],
    ['arn:aws:dynamodb:us-east-1:123456789012:table/Shop-*', false],
    ['arn:aws:s3:::Shop-*', false],
    ['arn:aws:dynamodb:*', true],
    ['arn:*', true],
  ])('of ARNs meet part by part: %s, %s', (pattern, expected) => {
    expect(meetArn(pattern, 'arn:*:dynamodb:eu-west-1:123456789012:table/Shop-Products-*')).toBe(expected);
  });

  it('are compared in time that does not explode', () => {
    const stars = `${'*a'.repeat(60)}b`;
    expect(meet(stars, `${'a*'.repeat(60)}c`)).toBe(false);
  });
});
