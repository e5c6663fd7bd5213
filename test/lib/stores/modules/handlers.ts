import {
  add,
  command,
  commands,
  postgresAggregate,
  postgresView,
  queries,
  stream,
  v1,
} from 'cdk-database-patterns-lambda/cqrs';
import { sql } from 'cdk-database-patterns-lambda/stores';
import * as z from 'zod';

const listed = z.object({ category: z.string() });
const product = stream('product', { Listed: v1(listed) });

export const list = commands(product, {
  List: command(listed, ({ id, data }) => ({
    statements: [sql('insert into product (id, category) values (:id, :category)', { id, ...data })],
    events: product.events.Listed(data),
  })),
});

export const count = postgresAggregate(product, {
  Listed: ({ data }) => add({ category: data.category }, { products: 1 }),
});

const view = postgresView(product, 'products_by_category');

export const counts = queries({
  'GET /categories': ({ after }) =>
    view.query('select category, products from products_by_category order by category', {}, { after }),
});
