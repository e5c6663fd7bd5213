create table category (
  name text primary key
);

create table product (
  code text primary key check (code ~ '^([0-9]{5}[A-Z]{0,2}|DCGS[0-9]{4})$'),
  description text not null,
  category text not null references category,
  price integer not null check (price > 0),
  since date not null
);

create index product_by_category on product (category);

-- Every price that a product had, in pence, each from its day on.
create table price (
  product text not null references product,
  since date not null,
  price integer not null check (price > 0),
  primary key (product, since)
);
