-- One row per commit. All rows are kept: they are the history.
-- The stored commit is the envelope's JSON without id and version, its events last.
create table dbpatterns.outbox (
  stream text not null,
  version int not null,
  commit text not null,
  id bigint generated always as identity,
  xid xid8 not null default pg_current_xact_id(),
  created_at timestamptz not null default clock_timestamp(),
  leased_until timestamptz not null,
  published_at timestamptz,
  constraint dbpatterns_outbox_version primary key (stream, version)
);

create index outbox_unpublished on dbpatterns.outbox (leased_until) where published_at is null;

-- What was done, by the id of the command, so that a repeat gets the first answer.
create table dbpatterns.command (
  id text constraint dbpatterns_command_id primary key,
  fingerprint text not null,
  stream text not null,
  version int not null,
  created_at timestamptz not null default clock_timestamp()
);

create index command_age on dbpatterns.command (created_at);
