create table products_by_category (category text primary key, products bigint not null default 0);
