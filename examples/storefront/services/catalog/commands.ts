import { command, commands, notFound } from 'cdk-database-patterns-lambda/cqrs';
import { sql } from 'cdk-database-patterns-lambda/stores';
import * as v from 'valibot';
import { categoryOf } from '../../domain/category.js';
import { productCode } from '../../domain/ids.js';
import { product } from '../../domain/product.js';
import { amount, day, notEmpty, upTo } from '../../domain/values.js';
import { checkId } from '../ids.js';
import { changePrice, insertPrice, insertProduct } from './sql.js';

const { ProductCreated, PriceChanged } = product.events;

/** A product as it is first seen. The catalog finds its category. */
const creation = v.strictObject({
  description: v.pipe(v.string(), v.trim(), notEmpty, upTo(200)),
  price: amount,
  since: day,
});

/** Another price, from a day on. */
const pricing = v.strictObject({ price: amount, since: day });

// #region handler
export const definitions = {
  // Returned: the statements, the commit and the outbox are one call to the database.
  CreateProduct: command(creation, ({ id, data }) => {
    checkId(id, productCode, 'a product code, such as 85123A');
    const { price, since } = data;
    const created = { ...data, category: categoryOf(data.description) };
    return {
      statements: [sql(insertProduct, { code: id, ...created }), sql(insertPrice, { code: id, price, since })],
      events: [ProductCreated(created)],
    };
  }),

  // Interactive: the handler looks at what the database says and may refuse.
  ChangePrice: command(pricing, async ({ tx, id, data }) => {
    const [changed] = await tx.query(changePrice, { code: id, ...data });
    if (!changed) throw notFound(`product ${id}`);
    return PriceChanged(data);
  }),
};

export const handler = commands(product, definitions);
// #endregion
