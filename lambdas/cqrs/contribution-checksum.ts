import { createHash } from 'node:crypto';
import type { CommitChange } from './commit-change.js';
import { totalId, type TotalKey } from './contributions.js';

/** What a stream contributes to one total. Sums grow beyond what a number holds exactly. */
interface Total {
  readonly key: TotalKey;
  readonly measures: Map<string, bigint>;
}

/**
 * The checksum of what a stream contributes after these changes, as `dbpatterns_view.checksum` makes it of what is
 * stored: over the texts that `jsonb` has for the contributions, in the order of their bytes. Made here, so that no
 * history has to fit into a call.
 */
export function contributionChecksum(changes: readonly CommitChange[]): string {
  const texts = [...totalsAfter(changes).values()].flatMap(({ key, measures }) => {
    const sums = [...measures].filter(([, sum]) => sum !== 0n).map(([name, sum]) => [name, String(sum)] as const);
    if (sums.length === 0) return [];
    const keys = Object.entries(key).map(([name, value]) => [name, valueText(value)] as const);
    return [Buffer.from(`{"key": ${objectText(keys)}, "measures": ${objectText(sums)}}`)];
  });
  const hash = createHash('sha256');
  for (const [index, text] of texts.sort((a, b) => a.compare(b)).entries()) {
    if (index > 0) hash.update(',');
    hash.update(text);
  }
  return hash.digest('hex');
}

function totalsAfter(changes: readonly CommitChange[]): Map<string, Total> {
  const totals = new Map<string, Total>();
  for (const { reset, set, add } of changes) {
    if (reset) totals.clear();
    for (const { key } of set) totals.delete(totalId(key));
    for (const { key, measures } of [...set, ...add]) {
      const id = totalId(key);
      const total = totals.get(id) ?? { key, measures: new Map<string, bigint>() };
      for (const [name, value] of Object.entries(measures)) {
        total.measures.set(name, (total.measures.get(name) ?? 0n) + BigInt(value));
      }
      totals.set(id, total);
    }
  }
  return totals;
}

/** Members stand in the order of their names' lengths in bytes, then of the bytes. */
function objectText(members: readonly (readonly [string, string])[]): string {
  const sorted = members
    .map(([name, text]) => ({ name, text, bytes: Buffer.from(name) }))
    .sort((a, b) => a.bytes.length - b.bytes.length || a.bytes.compare(b.bytes));
  return `{${sorted.map(({ name, text }) => `${JSON.stringify(name)}: ${text}`).join(', ')}}`;
}

function valueText(value: string | number): string {
  const text = JSON.stringify(value);
  return typeof value === 'number' ? withoutExponent(text) : text;
}

/** `1e-7` is a number of JSON that `jsonb` writes out. */
function withoutExponent(text: string): string {
  const [, sign = '', whole = '', part = '', exponent] = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  if (exponent === undefined) return text;
  const digits = whole + part;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, '0')}`;
}
