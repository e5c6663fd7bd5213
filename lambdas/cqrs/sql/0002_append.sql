-- Appends a commit in the caller's transaction and records the command that made it.
-- Writers of one stream queue up behind a lock that ends with the transaction; the last version is read after it.
-- Each statement in here sees what was committed before it began, so the wait does not show a stale version.
-- Raises 23505 for a repeated command, DBP01 for another version than expected.
create function dbpatterns.append(
  p_command text,
  p_fingerprint text,
  p_stream text,
  p_expected int,
  p_commit text,
  p_lease_seconds int,
  p_retention_seconds int,
  out version int,
  out recorded_at bigint
)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_actual int;
  v_now timestamptz = clock_timestamp();
begin
  delete from dbpatterns.command c
   where c.id = p_command and c.created_at < v_now - make_interval(secs => p_retention_seconds);

  perform pg_advisory_xact_lock(hashtextextended('dbpatterns.stream ' || p_stream, 0));

  select coalesce(max(o.version), 0) into v_actual from dbpatterns.outbox o where o.stream = p_stream;

  insert into dbpatterns.command (id, fingerprint, stream, version, created_at)
  values (p_command, p_fingerprint, p_stream, v_actual + 1, v_now);

  if p_expected is not null and p_expected <> v_actual then
    raise exception using errcode = 'DBP01', message = 'dbpatterns.version_conflict:' || v_actual;
  end if;

  insert into dbpatterns.outbox (stream, version, commit, leased_until)
  values (p_stream, v_actual + 1, p_commit, clock_timestamp() + make_interval(secs => p_lease_seconds));

  version = v_actual + 1;
  recorded_at = floor(extract(epoch from v_now));
end
$$;

-- Undoes the command whose statement changed another number of rows than it said.
create function dbpatterns.require(p_statement int, p_affected bigint, p_wanted bigint)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_affected <> p_wanted then
    raise exception using errcode = 'DBP02', message = 'dbpatterns.unmet:' || p_statement;
  end if;
  return true;
end
$$;

-- What an earlier run of the command did, if it is still remembered, and the version that the stream has now.
create function dbpatterns.recorded(p_command text, p_stream text, p_retention_seconds int)
returns table (fingerprint text, stream text, version int, recorded_at bigint, actual int)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select c.fingerprint, c.stream, c.version, cast(floor(extract(epoch from c.created_at)) as bigint),
         (select coalesce(max(o.version), 0) from dbpatterns.outbox o where o.stream = p_stream)
    from (select 1) as always
    left join dbpatterns.command c
      on c.id = p_command and c.created_at >= now() - make_interval(secs => p_retention_seconds)
$$;

-- Forgets expired commands, a bounded number at a time.
create function dbpatterns.tidy(p_retention_seconds int, p_limit int)
returns int
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_deleted int;
begin
  delete from dbpatterns.command c
   where c.id in (
     select d.id from dbpatterns.command d
      where d.created_at < now() - make_interval(secs => p_retention_seconds)
      order by d.created_at
      limit p_limit
      for update skip locked
   );
  get diagnostics v_deleted = row_count;
  return v_deleted;
end
$$;
