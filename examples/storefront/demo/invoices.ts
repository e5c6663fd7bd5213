import { type Cause, customerOf, isCancellation, type RawRow, readRow, type Row } from './rows.js';

/** An invoice or a cancellation with its usable rows. */
export interface Invoice {
  readonly number: string;
  readonly cancelled: boolean;
  /** `2010-12-01T08:26:00`. */
  readonly time: string;
  /** `2010-12-01`. */
  readonly day: string;
  readonly customer: string | null;
  readonly country: string;
  readonly rows: Row[];
}

/** A row that cannot be used. */
export interface Unusable {
  /** Its line in the file; the heading is line 1. */
  readonly line: number;
  readonly cause: Cause;
  readonly raw: RawRow;
}

/** What was read. */
export interface Invoices {
  readonly invoices: Invoice[];
  readonly unusable: Unusable[];
  /** Rows of these invoices, usable or not. */
  readonly rows: number;
}

/** Groups rows by invoice, in the order of the file, up to `limit` invoices. */
export function readInvoices(raws: readonly RawRow[], limit = Infinity): Invoices {
  const invoices = new Map<string, Invoice>();
  const unusable: Unusable[] = [];
  let rows = 0;
  for (const [index, raw] of raws.entries()) {
    const invoice = invoices.get(raw.InvoiceNo) ?? heading(raw);
    if (!invoices.has(raw.InvoiceNo) && invoices.size >= limit) continue;
    invoices.set(raw.InvoiceNo, invoice);
    rows += 1;
    const row = readRow(raw);
    if (typeof row === 'string') unusable.push({ line: index + 2, cause: row, raw });
    else invoice.rows.push(row);
  }
  return { invoices: [...invoices.values()], unusable, rows };
}

function heading(raw: RawRow): Invoice {
  return {
    number: raw.InvoiceNo,
    cancelled: isCancellation(raw.InvoiceNo),
    time: raw.InvoiceDate.replace(' ', 'T'),
    day: raw.InvoiceDate.slice(0, 10),
    customer: customerOf(raw),
    country: raw.Country.trim(),
    rows: [],
  };
}
