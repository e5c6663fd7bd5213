import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { pence } from '../domain/money.js';
import { cancellationNumber, invoiceNumber, productCode } from '../domain/ids.js';

/** The file of the example. */
export const inputFile = new URL('../data/online-retail-2010-12.csv.gz', import.meta.url);

/** A row as the file has it. */
export interface RawRow {
  readonly InvoiceNo: string;
  readonly StockCode: string;
  readonly Description: string;
  readonly Quantity: string;
  readonly InvoiceDate: string;
  readonly UnitPrice: string;
  readonly CustomerID: string;
  readonly Country: string;
}

/** A usable row. */
export interface Row {
  readonly product: string;
  readonly description: string;
  /** Units sold or returned, above zero. */
  readonly units: number;
  /** Pence. */
  readonly price: number;
}

/** Why a row cannot be used, in the order in which the causes are tried. */
export const causes = [
  'malformed',
  'not a product',
  'no description',
  'price not positive',
  'quantity zero',
  'negative quantity outside a cancellation',
  'positive quantity in a cancellation',
] as const;

/** Why a row cannot be used. */
export type Cause = (typeof causes)[number];

/** Reads a compressed file of invoice lines. Rows keep the order of the file. */
export function readRows(file: URL | string = inputFile): RawRow[] {
  return parse<RawRow>(gunzipSync(readFileSync(file)), { columns: true, bom: true });
}

/** The row's meaning, or the first cause why it has none: rules 1 and 2 of `data/README.md`. */
export function readRow(raw: RawRow): Row | Cause {
  const cancelled = isCancellation(raw.InvoiceNo);
  if (!isWellFormed(raw)) return 'malformed';
  const product = raw.StockCode.toUpperCase();
  const description = raw.Description.trim().replace(/\s+/g, ' ');
  const price = pence(raw.UnitPrice);
  const quantity = Number(raw.Quantity);
  if (!productCode.test(product)) return 'not a product';
  if (description === '') return 'no description';
  if (price <= 0) return 'price not positive';
  if (quantity === 0) return 'quantity zero';
  if (quantity < 0 && !cancelled) return 'negative quantity outside a cancellation';
  if (quantity > 0 && cancelled) return 'positive quantity in a cancellation';
  return { product, description, units: Math.abs(quantity), price };
}

/** Whether an invoice is a cancellation. */
export function isCancellation(invoice: string): boolean {
  return invoice.startsWith('C');
}

/** The customer's number, or null; the file writes it as a fraction (`17850.0`). */
export function customerOf(raw: RawRow): string | null {
  return raw.CustomerID.trim().replace(/\.0$/, '') || null;
}

function isWellFormed(raw: RawRow): boolean {
  return (
    (invoiceNumber.test(raw.InvoiceNo) || cancellationNumber.test(raw.InvoiceNo)) &&
    /^-?\d+$/.test(raw.Quantity) &&
    /^-?\d+(\.\d{1,2})?$/.test(raw.UnitPrice) &&
    /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(raw.InvoiceDate) &&
    raw.Country.trim() !== ''
  );
}
