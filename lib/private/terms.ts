import { Token } from 'aws-cdk-lib/core';

const LEAST_REASON = 10;

/** Why something is so that should not stay so, and until when it may. */
export interface Terms {
  readonly reason: string;
  readonly until?: string;
}

/** All that is wrong with a reason and a day. People read the one, and each synth the other: neither may be a token. */
export function termsFindings({ reason, until }: Terms): string[] {
  const findings: string[] = [];
  if (Token.isUnresolved(reason) || reason.trim().length < LEAST_REASON) {
    findings.push(
      `reason is ${quoted(reason)}; allowed: ${LEAST_REASON} characters or more, that somebody else understands in a year`,
    );
  }
  if (until !== undefined && !isDay(until)) {
    findings.push(`until is ${quoted(until)}; allowed: a day of the calendar, as in 2027-06-30`);
  }
  return findings;
}

/**
 * Whether a day has passed, by UTC.
 *
 * @param now the clock
 */
export function isPast(day: string, now: () => Date = () => new Date()): boolean {
  return isDay(day) && day < now().toISOString().slice(0, 10);
}

/** The 30th of February is none. */
function isDay(text: string): boolean {
  const parsed = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString() === `${text}T00:00:00.000Z`;
}

function quoted(text: string): string {
  return Token.isUnresolved(text) ? 'not known before the deployment' : `"${text}"`;
}
