import { z } from 'zod';
import {
  dynamodbCommand,
  dynamodbCommands,
  projection,
  put,
  refusal,
  stream,
  v1,
  version,
} from '../../../../lambdas/cqrs/index.js';

const inPence = z.strictObject({ pence: z.int().positive() });
const inPounds = z.strictObject({ pounds: z.number().positive() });

// #region upcast
const toPence = ({ pounds }: { readonly pounds: number }) => ({ pence: Math.round(pounds * 100) });

/** The contract in its second version: prices are in pence. Events of the first are in its history, and on their way. */
const product = stream('product', {
  PriceSet: [v1(z.object({ pounds: z.number() })), version(2, z.object({ pence: z.int() }), { upcast: toPence })],
});
// #endregion

/** Takes the form of old clients too. The handlers know nothing of pounds. */
const setPrice = z.union([inPence, inPounds.transform(toPence)]);

export const commands = dynamodbCommands(product, {
  SetPrice: dynamodbCommand(setPrice, async ({ id, data, history }) => {
    const last = (await history()).at(-1);
    if (last?.data.pence === data.pence) throw refusal('price-unchanged', `product ${id} has this price`);
    return product.events.PriceSet(data);
  }),
});

export const listing = projection(product, { PriceSet: ({ data }) => put({ pence: data.pence }) });
