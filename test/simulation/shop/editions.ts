import * as v from 'valibot';
import { priceBandOf } from '../../../examples/storefront/domain/price-band.js';
import { product, productCreated, priceChanged } from '../../../examples/storefront/domain/product.js';
import { amount, day } from '../../../examples/storefront/domain/values.js';
import { listing } from '../../../examples/storefront/services/browse/listing.js';
import { definitions } from '../../../examples/storefront/services/catalog/commands.js';
import { changePrice } from '../../../examples/storefront/services/catalog/sql.js';
import {
  command,
  commands,
  notFound,
  projection,
  put,
  reaction,
  set,
  stream,
  v1,
  version,
  withdraw,
  type CommandsOptions,
  type ProjectionOptions,
  type ReactionOptions,
} from '../../../lambdas/cqrs/index.js';
import type { Letter } from '../models/recipient.js';
import { bands, kept, within, type Bands } from './bands.js';

/** Sends a letter under an idempotency key. */
export type Post = (key: string, letter: Letter) => Promise<void>;

/** The handlers that know the contract of products, as one version of the code has them. */
export interface Edition {
  readonly commands: (options: CommandsOptions) => unknown;
  readonly listing: (options: ProjectionOptions) => unknown;
  readonly bands: Bands;
  readonly letters: (post: Post, options: ReactionOptions) => unknown;
}

/** The code as it is. */
export const older: Edition = {
  commands: (options) => commands(product, definitions, options),
  listing,
  bands,
  letters: (post, options) =>
    reaction(
      product,
      {
        ProductCreated: ({ data: { price, description }, id, address }) =>
          post(address, { to: id, price, description }),
        PriceChanged: ({ data: { price }, id, address }) => post(address, { to: id, price }),
      },
      options,
    ),
};

/** The contract of products in a newer version, in which a change says pence. */
const newerProduct = stream('product', {
  ProductCreated: v1(productCreated),
  PriceChanged: [
    v1(priceChanged),
    version(2, v.object({ pence: amount, since: day }), {
      upcast: ({ price: pence, since }: v.InferOutput<typeof priceChanged>) => ({ pence, since }),
    }),
  ],
});

/** The code after its next deployment: its handlers know pence only. Clients still send a price. */
export const newer: Edition = {
  commands: (options) =>
    commands(
      newerProduct,
      {
        CreateProduct: definitions.CreateProduct,
        ChangePrice: command(v.strictObject({ price: amount, since: day }), async ({ tx, id, data }) => {
          const [changed] = await tx.query(changePrice, { code: id, ...data });
          if (!changed) throw notFound(`product ${id}`);
          return newerProduct.events.PriceChanged({ pence: data.price, since: data.since });
        }),
      },
      options,
    ),
  listing: (options) =>
    projection(
      newerProduct,
      {
        ProductCreated: ({ data }) => put({ ...data, priceBand: priceBandOf(data.price) }),
        PriceChanged: ({ data: { pence: price, since } }) => set({ price, since, priceBand: priceBandOf(price) }),
      },
      options,
    ),
  bands: kept(newerProduct, {
    ProductCreated: ({ data }) => within(data.price),
    PriceChanged: ({ data }) => [withdraw(), within(data.pence)],
  }),
  letters: (post, options) =>
    reaction(
      newerProduct,
      {
        ProductCreated: ({ data: { price, description }, id, address }) =>
          post(address, { to: id, price, description }),
        PriceChanged: ({ data: { pence: price }, id, address }) => post(address, { to: id, price }),
      },
      options,
    ),
};
