create table product (code text primary key, price int not null);
