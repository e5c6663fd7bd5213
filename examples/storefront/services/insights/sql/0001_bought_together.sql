-- How often two products were in one basket; each pair in both directions, so that a question is one range of the index.
-- The row ('*', '*') is about all baskets: how many were counted, and how many had too many products to be.
create table bought_together (
  product text not null,
  other text not null,
  baskets bigint not null default 0,
  skipped bigint not null default 0,
  primary key (product, other)
);

create index bought_together_most_often on bought_together (product, baskets desc, other);
