import { describe, expect, it } from 'vitest';
import { ArnIndex } from '../../../../lib/private/boundary/arn-index.js';
import { meetArn } from '../../../../lib/private/boundary/glob.js';

const ARNS = [
  'arn:*:dynamodb:*:*:table/prices',
  'arn:*:dynamodb:eu-west-1:123456789012:table/prices',
  'arn:*:dynamodb:eu-west-1:123456789012:table/prices/*',
  'arn:*:dynamodb:*:*:table/Shop-Prices-*',
  'arn:*:dynamodb:*:*:table/p?ices',
  'arn:aws:dynamodb:us-east-1:*:table/price',
  'arn:aws:dynamodb:*:*:*',
  'arn:aws:dynamodb:*',
  'arn:aws:dyn*:*:*:table/prices',
  'arn:*:s3:::prices',
  'arn:*:s3:::prices/*',
  'arn:*:s3:::*',
  'arn:*:secretsmanager:*:*:secret:prices-??????',
  'arn:*:secretsmanager:eu-west-1:*:secret:prices-1a2B3c',
  'arn:*',
  '*',
];

function indexOf(arns: readonly string[]): ArnIndex<string> {
  const index = new ArnIndex<string>();
  arns.forEach((arn) => index.add(arn, arn));
  return index;
}

describe('an index of ARNs', () => {
  const index = indexOf(ARNS);

  it.each(ARNS)('finds what has one in common with %s', (arn) => {
    const found = [...index.meeting(arn)].map(([pattern]) => pattern);
    expect(found.sort()).toEqual(ARNS.filter((each) => meetArn(arn, each)).sort());
  });

  it('compares one of a thousand names with its own, and a beginning with what begins so', () => {
    const names = Array.from({ length: 1000 }, (_, n) => `arn:*:dynamodb:*:*:table/Shop-Service${n}-*`);
    const many = indexOf(names);
    expect([...many.beginningsAs('arn:aws:dynamodb:eu-west-1:123456789012:table/Shop-Service123-AB')]).toEqual([
      'dynamodb:table/Shop-Service123-',
    ]);
    expect([...many.beginningsAs('arn:aws:dynamodb:*:*:table/Shop-Service12*')]).toHaveLength(11);
    expect([...many.beginningsAs('arn:aws:sqs:*:*:*')]).toEqual([]);
  });

  it('finds what was added after it was asked', () => {
    const growing = indexOf(ARNS.slice(0, 1));
    expect([...growing.meeting('arn:*:dynamodb:*:*:table/p*')]).toHaveLength(1);
    growing.add('arn:*:dynamodb:*:*:table/pictures', 'pictures');
    expect([...growing.meeting('arn:*:dynamodb:*:*:table/p*')]).toHaveLength(2);
  });
});
