import { operation } from 'cdk-database-patterns-lambda/contracts';
import * as v from 'valibot';
import { code } from './sale-values.js';
import { amount } from './values.js';

const priced = v.object({ product: code, description: v.string(), price: amount });

/** A product with its price in pence. */
export type Priced = v.InferOutput<typeof priced>;

// #region contract
/** What some products cost at this moment; those that the catalog does not have are left out. */
export const quote = operation('catalog', 'Quote', {
  takes: v.object({ products: v.pipe(v.array(code), v.minLength(1), v.maxLength(20)) }),
  gives: v.object({ prices: v.array(priced) }),
});
// #endregion
