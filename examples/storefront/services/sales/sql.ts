/** The sale's own row. */
export const insertSale = `
  insert into sale (invoice, customer, country, sold_at)
  values (:invoice, :customer, :country, cast(:time as timestamp))`;

/** All lines of a sale in one statement, however many there are. */
export const insertSaleLines = `
  insert into sale_line (invoice, line, product, units, price)
  select :invoice, line, product, units, price
  from json_to_recordset(cast(:lines as json)) as given(line int, product text, units int, price int)`;

/** A return with all of its lines. */
export const insertReturn = `
  with noted as (
    insert into return_note (invoice, customer, country, returned_at)
    values (:invoice, :customer, :country, cast(:time as timestamp))
    returning invoice
  )
  insert into return_line (invoice, line, product, units, price)
  select noted.invoice, line, product, units, price
  from noted, json_to_recordset(cast(:lines as json)) as given(line int, product text, units int, price int)`;

/** Holds what the customer bought of these products, so that two returns never match the same units. */
export const lockSoldLines = `
  select count(*) as locked from (
    select 1
    from sale_line
    join sale using (invoice)
    where sale.customer = :customer
      and sale.sold_at <= cast(:time as timestamp)
      and sale_line.product in (select product from return_line where invoice = :invoice)
      and sale_line.returned < sale_line.units
    order by sale_line.invoice, sale_line.line
    for update of sale_line
  ) as held`;

/**
 * Matches the lines of a return with earlier sales of the same customer, the latest first.
 *
 * Per product, the units that came back and the units that are left are laid out as two rulers, side by side; where a
 * stretch of one lies beside a stretch of the other, that many units match. So a return may split over several sales
 * and a sale over several returns, in one statement.
 */
export const matchReturn = `
  with wanted as (
    select line, product, units,
      sum(units) over (partition by product order by line) - units as from_unit,
      sum(units) over (partition by product order by line) as to_unit
    from return_line
    where invoice = :invoice
  ), held as (
    select sale_line.invoice as sale, sale_line.line as sale_line, product,
      sum(units - returned) over latest - (units - returned) as from_unit,
      sum(units - returned) over latest as to_unit
    from sale_line
    join sale on sale.invoice = sale_line.invoice
    where sale.customer = :customer
      and sale.sold_at <= cast(:time as timestamp)
      and sale_line.product in (select product from wanted)
      and sale_line.returned < sale_line.units
    window latest as (
      partition by product order by sale.sold_at desc, sale_line.invoice desc, sale_line.line desc
    )
  ), matched as (
    insert into return_match (invoice, line, sale, sale_line, units)
    select :invoice, wanted.line, held.sale, held.sale_line,
      least(wanted.to_unit, held.to_unit) - greatest(wanted.from_unit, held.from_unit)
    from wanted
    join held on held.product = wanted.product
      and held.from_unit < wanted.to_unit
      and held.to_unit > wanted.from_unit
    returning line, sale, sale_line, units
  ), taken as (
    update sale_line
    set returned = returned + given.units
    from (select sale, sale_line as line, sum(units) as units from matched group by sale, sale_line) as given
    where sale_line.invoice = given.sale and sale_line.line = given.line
  )
  select line, sale, sale_line, units from matched order by line, sale desc, sale_line desc`;
