create table sale (
  invoice text primary key,
  customer text,
  country text not null,
  sold_at timestamp not null
);

create index sale_by_customer on sale (customer, sold_at) where customer is not null;

create table sale_line (
  invoice text not null references sale,
  line integer not null,
  product text not null,
  units integer not null check (units > 0),
  price integer not null check (price > 0),
  returned integer not null default 0,
  primary key (invoice, line),
  check (returned between 0 and units)
);
