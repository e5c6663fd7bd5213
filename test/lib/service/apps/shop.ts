import { projection, put } from 'cdk-database-patterns-lambda/cqrs';
import { caller, commandCaller } from 'cdk-database-patterns-lambda/service';
import * as z from 'zod';
import { product, quote } from './contracts.js';

export const listing = projection(product, { PriceSet: ({ data }) => put(data) });

const askQuote = caller(quote);

export async function basket({ lines }: { lines: { product: string; units: number }[] }) {
  const quotes = await Promise.all(lines.map((line) => askQuote(line)));
  return { pence: quotes.reduce((sum, { pence }) => sum + pence, 0) };
}

/** What became of it, in words that a test can ask for. */
export async function asked(input: Parameters<typeof basket>[0]): Promise<unknown> {
  try {
    return await basket(input);
  } catch (error) {
    const { name, code } = error as { readonly name: string; readonly code?: string };
    return { refused: name, code };
  }
}

// #region send
const sendProduct = commandCaller('catalog', 'product', { SetPrice: z.object({ pence: z.int() }) });

export async function reprice({ id, pence, key }: { id: string; pence: number; key: string }) {
  const { version } = await sendProduct(id, 'SetPrice', { pence }, { key });
  return { version };
}
// #endregion

/** The same, and what became of it. */
export async function repriced(input: Parameters<typeof reprice>[0]): Promise<unknown> {
  try {
    return await reprice(input);
  } catch (error) {
    const { name, code } = error as { readonly name: string; readonly code?: string };
    return { refused: name, code };
  }
}
