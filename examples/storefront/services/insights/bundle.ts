import { notFound } from 'cdk-database-patterns-lambda/cqrs';
import { caller } from 'cdk-database-patterns-lambda/service';
import { quote } from '../../domain/quote.js';

// #region call
const askQuote = caller(quote);

/** A product with what goes with it, at the catalog's prices of this moment: a price that is shown has to hold. */
export async function bundleOf(code: string, others: readonly string[], ask = askQuote) {
  const wanted = [code, ...others];
  const { prices } = await ask({ products: wanted });
  const items = wanted.flatMap((one) => prices.filter(({ product }) => product === one));
  if (items[0]?.product !== code) throw notFound(`product ${code}`);
  return { items, price: items.reduce((sum, { price }) => sum + price, 0) };
}
// #endregion
