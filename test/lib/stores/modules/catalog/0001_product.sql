create table product (id text primary key, category text not null);
