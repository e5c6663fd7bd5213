/**
 * Money of the storefront: whole pence, never a fraction of a binary number.
 *
 * @example
 * pence('2.55'); // 255
 */
export function pence(pounds: string): number {
  const match = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(pounds);
  if (!match) throw new RangeError(`"${pounds}" is no amount in pounds: up to two decimals, such as 2.55`);
  const [, sign, whole = '0', decimals = ''] = match;
  return (sign === '-' ? -1 : 1) * (Number(whole) * 100 + Number(decimals.padEnd(2, '0')));
}

/**
 * An amount for people.
 *
 * @example
 * pounds(255); // '£2.55'
 */
export function pounds(amount: number): string {
  const whole = Math.trunc(Math.abs(amount) / 100).toLocaleString('en-GB');
  return `${amount < 0 ? '-' : ''}£${whole}.${String(Math.abs(amount) % 100).padStart(2, '0')}`;
}
