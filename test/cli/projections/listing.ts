import { projection, put, set, stream, v1 } from '../../../lambdas/cqrs/index.js';

const any = {
  '~standard': {
    version: 1 as const,
    vendor: 'test',
    validate: (value: unknown) => ({ value: value as { price: number } }),
  },
};
const product = stream('product', { Created: v1(any), Priced: v1(any) });

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
