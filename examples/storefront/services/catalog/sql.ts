/** The product with its first price. */
export const insertProduct = `
  insert into product (code, description, category, price, since)
  values (:code, :description, :category, :price, cast(:since as date))`;

/** The first price of its history. */
export const insertPrice = `
  insert into price (product, since, price)
  values (:code, cast(:since as date), :price)`;

/** Sets the price and notes it in the history, where the last one given for a day is the price of that day. */
export const changePrice = `
  with changed as (
    update product set price = :price, since = cast(:since as date) where code = :code
    returning code, since, price
  ), noted as (
    insert into price (product, since, price)
    select code, since, price from changed
    on conflict (product, since) do update set price = excluded.price
  )
  select code from changed`;

/** What some products cost now. */
export const selectPrices = `
  select code as product, description, price from product
  where code in (select jsonb_array_elements_text(cast(:codes as jsonb)))`;
