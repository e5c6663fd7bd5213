-- Rows in the order of their ages, for the clean-up.
create index outbox_age on dbpatterns.outbox (created_at);

-- How far the clean-up has come: what is older has been looked at.
create table dbpatterns.cleanup (
  only_row boolean constraint dbpatterns_cleanup_row primary key default true check (only_row),
  seen_until timestamptz not null
);
insert into dbpatterns.cleanup (seen_until) values ('-infinity');

-- Deletes a portion of the commits that are older than the retention: looks at p_limit of them, the oldest first, and
-- deletes each and those before it in its stream. Kept are what is unpublished and all after it, and the newest commit
-- of each stream, from which versions go on; that one goes when a later one is as old. So no stream gets a hole, and
-- nothing is looked at twice. Answers how many were looked at; 0 also while another clean-up runs.
create function dbpatterns.expire(p_retention_seconds bigint, p_limit int, out looked int, out deleted int)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_until timestamptz;
  v_last timestamptz;
  v_streams text[];
  v_versions int[];
  v_before timestamptz = now() - make_interval(secs => p_retention_seconds);
begin
  looked = 0;
  deleted = 0;
  select c.seen_until into v_until from dbpatterns.cleanup c for update skip locked;
  if not found then
    return;
  end if;

  select array_agg(d.stream), array_agg(d.version), max(d.created_at), count(*)
    into v_streams, v_versions, v_last, looked
    from (
      select o.stream, o.version, o.created_at from dbpatterns.outbox o
       where o.created_at > v_until and o.created_at < v_before
       order by o.created_at
       fetch first p_limit rows with ties
    ) d;
  if looked = 0 then
    return;
  end if;

  delete from dbpatterns.outbox o
   using (
     select k.stream, max(k.version) as version from unnest(v_streams, v_versions) k (stream, version) group by k.stream
   ) old
   where o.stream = old.stream and o.version <= old.version
     and o.created_at < v_before
     and exists (select from dbpatterns.outbox n where n.stream = o.stream and n.version = o.version + 1)
     and not exists (
       select from dbpatterns.outbox u
        where u.stream = o.stream and u.version <= o.version and u.published_at is null
     );
  get diagnostics deleted = row_count;

  update dbpatterns.cleanup c set seen_until = v_last;
end
$$;

-- In how many seconds the first lease of a commit older than p_age_seconds ends, and how old the oldest unpublished
-- commit is, in seconds. Younger ones are in the hands of the function that made them.
create function dbpatterns.waiting(p_age_seconds int, out lease int, out age int)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  -- `greatest` passes over nulls, so where nothing waits it must not be asked: a relay would send itself sweeps for ever.
  select case when w.leased_until is not null
              then cast(greatest(ceil(extract(epoch from w.leased_until - clock_timestamp())), 0) as int) end,
         cast(greatest(extract(epoch from clock_timestamp() - w.created_at), 0) as int)
    from (
      select min(o.leased_until) filter (
               where o.created_at < clock_timestamp() - make_interval(secs => p_age_seconds)) as leased_until,
             min(o.created_at) as created_at
        from dbpatterns.outbox o
       where o.published_at is null
    ) w
$$;

-- History across streams, in segments of equal size: a stream lies in the segment that its hash says, for ever. The page
-- goes on after (p_after_stream, p_after_version) in the order of the primary key, whose index alone decides what is in
-- the page; the table is read for that only. At least one commit if there is any; more only as long as all of them stay
-- below p_max_bytes. `more` says whether others follow.
-- Each stream is read by its versions, so there is no horizon. The estimates for a hash are wild, hence the settings:
-- reading in the order of the index is right whatever they say.
create function dbpatterns.segment(
  p_stream_name text, p_segment int, p_segments int, p_after_stream text, p_after_version int, p_max_bytes int
)
returns table (stream text, version int, part int, chunk text, more boolean)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
as $$
  with found as materialized (
    select o.stream, o.version
      from dbpatterns.outbox o
     where (p_after_stream is null or (o.stream, o.version) > (p_after_stream, p_after_version))
       and starts_with(o.stream, p_stream_name || '/')
       and mod(hashtextextended(o.stream, 0), p_segments) in (p_segment, p_segment - p_segments)
     order by o.stream, o.version
     limit 2001
  ), sized as (
    select o.stream, o.version, o.commit,
           sum(octet_length(o.commit) + 200) over (order by o.stream, o.version) as bytes,
           row_number() over (order by o.stream, o.version) as place
      from found f join dbpatterns.outbox o on o.stream = f.stream and o.version = f.version
  ), page as (
    select s.stream, s.version, s.commit from sized s where s.place = 1 or (s.bytes <= p_max_bytes and s.place <= 2000)
  )
  select p.stream, p.version, k.part, k.chunk, (select count(*) from found) > count(*) filter (where k.part = 0) over ()
    from page p cross join lateral dbpatterns.chunks(p.commit) k
   order by p.stream, p.version, k.part
$$;

-- How many commits the streams of a name have.
create function dbpatterns.commits(p_stream_name text)
returns bigint
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select count(*) from dbpatterns.outbox o where starts_with(o.stream, p_stream_name || '/')
$$;

-- Functions of views live in a schema of their own: who may follow with a view may not touch the outbox.
create schema dbpatterns_view;

-- As in 0005, with one need more: 'view' reaches the functions of dbpatterns_view and nothing else of the kit's.
create or replace function dbpatterns.login(p_name text, p_access text, p_verifier text)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_tables text;
begin
  if not exists (select from pg_roles where rolname = p_name) then
    execute format('create role %I', p_name);
  end if;
  execute format('alter role %I with login password %L', p_name, p_verifier);
  execute format('revoke all on all functions in schema dbpatterns, dbpatterns_view from %I', p_name);

  case p_access
    when 'commands' then
      v_tables = 'select, insert, update, delete';
      -- A function that dies in a transaction leaves its rows locked; the Data API would end that after three minutes.
      execute format('alter role %I set idle_in_transaction_session_timeout = ''60s''', p_name);
      execute format('grant usage on schema dbpatterns to %I', p_name);
      execute format('grant execute on function dbpatterns.append, dbpatterns.require, dbpatterns.recorded, dbpatterns.published to %I', p_name);
    when 'relay' then
      execute format('grant usage on schema dbpatterns to %I', p_name);
      execute format('grant execute on function dbpatterns.claim, dbpatterns.published, dbpatterns.unpublished, dbpatterns.waiting, dbpatterns.tidy, dbpatterns.expire to %I', p_name);
    when 'history' then
      execute format('grant usage on schema dbpatterns to %I', p_name);
      execute format('grant execute on function dbpatterns.history, dbpatterns.segment, dbpatterns.commits to %I', p_name);
    when 'view' then
      execute format('grant usage on schema dbpatterns_view to %I', p_name);
      execute format('grant execute on all functions in schema dbpatterns_view to %I', p_name);
    when 'reader' then
      v_tables = 'select';
    when 'writer' then
      v_tables = 'select, insert, update, delete';
    else
      raise exception using errcode = 'DBP03', message = 'dbpatterns.unknown_access:' || p_access;
  end case;

  if v_tables is not null then
    execute format('grant usage on schema public to %I', p_name);
    execute format('grant %s on all tables in schema public to %I', v_tables, p_name);
    execute format('alter default privileges in schema public grant %s on tables to %I', v_tables, p_name);
    if p_access <> 'reader' then
      execute format('grant usage, select on all sequences in schema public to %I', p_name);
      execute format('alter default privileges in schema public grant usage, select on sequences to %I', p_name);
    end if;
  end if;
  return true;
end
$$;

-- Functions are executable by everyone unless this is said.
revoke all on all functions in schema dbpatterns from public;
