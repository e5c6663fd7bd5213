-- What the view of bands holds, in PostgreSQL.
create table price_bands (
  band text primary key,
  products bigint not null default 0,
  pence bigint not null default 0
);
