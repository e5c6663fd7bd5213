import { Token } from 'aws-cdk-lib/core';

const LEAST_REASON = 10;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** All that is wrong with why and until when a database is shared. */
export function sharingFindings({ reason, until }: { readonly reason: string; readonly until: string }): string[] {
  return [
    ...(Token.isUnresolved(reason) || reason.trim().length >= LEAST_REASON
      ? []
      : [
          `reason is "${reason}"; allowed: ${LEAST_REASON} characters or more, that somebody else understands in a year`,
        ]),
    ...(Token.isUnresolved(until) || isDay(until) ? [] : [`until is "${until}"; allowed: a day, as in 2027-06-30`]),
  ];
}

/** Whether a day has passed. */
export function isPast(day: string, now: () => Date = () => new Date()): boolean {
  return isDay(day) && day < now().toISOString().slice(0, 10);
}

function isDay(text: string): boolean {
  return DAY.test(text) && !Number.isNaN(Date.parse(text));
}
