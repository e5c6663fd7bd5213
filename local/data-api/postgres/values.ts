import { DataApiError } from '../errors.js';

/** How the service writes what PostgreSQL writes otherwise. */

export const same = (text: string): string => text;

export const truth = (text: string): string => (text === 't' ? 'true' : 'false');

export const bytes = (text: string): string => Buffer.from(text.slice(2), 'hex').toString('base64');

export function day(text: string): string {
  return finite(text);
}

/** No fraction, three digits or six. */
export function timeOfDay(text: string): string {
  const [whole = '', fraction = ''] = text.split('.');
  if (fraction === '') return whole;
  return `${whole}.${fraction.padEnd(fraction.length > 3 ? 6 : 3, '0')}`;
}

export function timestamp(text: string): string {
  return timeOfDay(finite(text));
}

const ZONED = /^(\d{4,6})(-\d\d-\d\d \d\d:\d\d:\d\d)(\.\d+)?([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?$/;

/** In UTC whatever the zone of the session is, and without the offset. */
export function timestamptz(text: string): string {
  const [, year = '', rest = '', fraction = '', sign, ...offset] = ZONED.exec(finite(text)) ?? [];
  if (sign === undefined) return text;
  const [hours = 0, minutes = 0, seconds = 0] = offset.map((part: string | undefined) => Number(part ?? 0));
  const milliseconds = ((hours * 60 + minutes) * 60 + seconds) * 1000 * (sign === '-' ? -1 : 1);
  // a date of JavaScript reads four digits; the calendar repeats itself after 400 years
  const near = 2000 + (Number(year) % 400);
  const utc = new Date(Date.parse(`${near}${rest.replace(' ', 'T')}Z`) - milliseconds).toISOString();
  const years = Number(utc.slice(0, 4)) + Number(year) - near;
  return timeOfDay(`${String(years).padStart(4, '0')}${utc.slice(4, 19).replace('T', ' ')}${fraction}`);
}

/** The service breaks on `infinity`, and does not say why. */
function finite(text: string): string {
  if (text === 'infinity' || text === '-infinity') throw new DataApiError('InternalFailure', '');
  return text;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\s+|[^\s"\d-]/g;
const LARGEST = 2n ** 64n;
const SMALLEST = -(2n ** 63n);

/** Without spaces; numbers that are no 64-bit integers have gone through a double. */
export function compactJson(text: string): string {
  return text.replace(TOKEN, (token) => {
    if (token.startsWith('"')) return JSON.stringify(JSON.parse(token));
    if (/^\s/.test(token)) return '';
    return /^[-\d]/.test(token) ? numberText(token) : token;
  });
}

function numberText(token: string): string {
  if (/^-?\d+$/.test(token)) {
    const exact = BigInt(token);
    if (exact >= SMALLEST && exact < LARGEST) return token;
  }
  const value = Number(token);
  if (!Number.isFinite(value)) throw new DataApiError('InternalFailure', '');
  const written = String(value).replace('e+', 'e');
  return /[.e]/.test(written) ? written : `${written}.0`;
}
