import { Lazy } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import { isPast, termsFindings } from '../../../lib/private/terms.js';

const reason = 'the yearly audit reads all prices';
const token = Lazy.string({ produce: () => '2027-06-30 for a good reason' });

describe('why and until when', () => {
  it.each(['2027-06-30', '2028-02-29'])('is right until %s, and without a day', (until) => {
    expect(termsFindings({ reason, until })).toEqual([]);
    expect(termsFindings({ reason })).toEqual([]);
  });

  it.each(['soon', '2027-02-30', '2027-02-29', '2027-13-01', '2027-6-30', '2027-06-30T00:00:00Z', ''])(
    'is wrong until %j',
    (until) => {
      expect(termsFindings({ reason, until })).toEqual([
        `until is "${until}"; allowed: a day of the calendar, as in 2027-06-30`,
      ]);
    },
  );

  it.each(['legacy', '   because      '])('is wrong with the reason %j', (given) => {
    expect(termsFindings({ reason: given })).toEqual([expect.stringContaining(`reason is "${given}"; allowed: 10`)]);
  });

  it('is known at the synth: neither may be a token', () => {
    expect(termsFindings({ reason: token, until: token })).toEqual([
      expect.stringContaining('reason is not known before the deployment; allowed: 10 characters'),
      expect.stringContaining('until is not known before the deployment; allowed: a day'),
    ]);
  });

  it('ends with the day, by UTC', () => {
    const at = (time: string) => () => new Date(time);
    expect(isPast('2027-06-30', at('2027-06-30T23:59:59Z'))).toBe(false);
    expect(isPast('2027-06-30', at('2027-07-01T00:00:00Z'))).toBe(true);
  });
});
