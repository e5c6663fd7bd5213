import * as z from 'zod';
import { projection, put, set, stream, v1 } from '../../../lambdas/cqrs/index.js';

const priced = z.object({ price: z.int() });
const product = stream('product', { Created: v1(priced), Priced: v1(priced) });

/** Which version of its logic this is; the test bundles it with each. */
declare const LOGIC: string;

const row = (price: number) => {
  if (LOGIC === 'superstitious' && price === 13) throw new Error('an unlucky price');
  return { price, logic: LOGIC };
};

export const handler = projection(product, {
  Created: ({ data }) => put(row(data.price)),
  Priced: ({ data }) => set(row(data.price)),
});
