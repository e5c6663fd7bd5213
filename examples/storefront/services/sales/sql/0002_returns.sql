create table return_note (
  invoice text primary key,
  customer text,
  country text not null,
  returned_at timestamp not null
);

create table return_line (
  invoice text not null references return_note,
  line integer not null,
  product text not null,
  units integer not null check (units > 0),
  price integer not null check (price > 0),
  primary key (invoice, line)
);

-- Which units of a return go back to which line of a sale.
create table return_match (
  invoice text not null,
  line integer not null,
  sale text not null,
  sale_line integer not null,
  units integer not null check (units > 0),
  primary key (invoice, line, sale, sale_line),
  foreign key (invoice, line) references return_line,
  foreign key (sale, sale_line) references sale_line
);
