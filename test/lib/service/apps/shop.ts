import { projection, put } from 'cdk-database-patterns-lambda/cqrs';
import { caller } from 'cdk-database-patterns-lambda/service';
import { product, quote } from './contracts.js';

export const listing = projection(product, { PriceSet: ({ data }) => put(data) });

// #region call
const askQuote = caller(quote);

export async function basket({ lines }: { lines: { product: string; units: number }[] }) {
  const quotes = await Promise.all(lines.map((line) => askQuote(line)));
  return { pence: quotes.reduce((sum, { pence }) => sum + pence, 0) };
}
// #endregion

/** What became of it, in words that a test can ask for. */
export async function asked(input: Parameters<typeof basket>[0]): Promise<unknown> {
  try {
    return await basket(input);
  } catch (error) {
    const { name, code } = error as { readonly name: string; readonly code?: string };
    return { refused: name, code };
  }
}
