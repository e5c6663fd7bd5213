import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** A product as the calculation has it. */
export interface ExpectedProduct {
  readonly description: string;
  readonly category: string;
  /** Day and price, from the first on. */
  readonly prices: [string, number][];
}

/** Sales and returns of a day in a country. */
export interface ExpectedTotal {
  readonly day: string;
  readonly country: string;
  readonly sales: number;
  readonly units: number;
  readonly revenue: number;
  readonly returns: number;
  readonly unitsReturned: number;
  readonly refunds: number;
  readonly unitsMatched: number;
}

/** What the shop has to hold: the output of `expected.py`. */
export interface Expected {
  readonly invoices: number;
  readonly rows: number;
  readonly unusable: Readonly<Record<string, number>>;
  readonly empty: string[];
  readonly sales: number;
  readonly returns: number;
  readonly lines: number;
  readonly priceChanges: number;
  readonly products: Readonly<Record<string, ExpectedProduct>>;
  /** Return, line, sale, line, units. */
  readonly matches: [string, number, string, number, number][];
  readonly unmatchedUnits: number;
  /** By sale to a known customer, how many units of each line have not come back. */
  readonly lots: Readonly<Record<string, number[]>>;
  readonly totals: ExpectedTotal[];
  /** By two products, in how many baskets both were. */
  readonly boughtTogether: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly baskets: number;
  readonly basketsSkipped: number;
}

const script = fileURLToPath(new URL('./expected.py', import.meta.url));

/**
 * Runs the independent calculation for the first `invoices` invoices.
 *
 * @throws Error if Python cannot be run, with what it said.
 */
export async function calculate(invoices: number, python = process.env.PYTHON ?? 'python3'): Promise<Expected> {
  const args = invoices === Infinity ? [] : [String(invoices)];
  const { stdout } = await promisify(execFile)(python, [script, ...args], { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout) as Expected;
}
