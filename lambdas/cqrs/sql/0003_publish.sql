-- Marks commits as published: [{"stream": "product/1", "version": 3}]. Marking twice does nothing.
create function dbpatterns.published(p_keys text)
returns int
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_marked int;
begin
  update dbpatterns.outbox o
     set published_at = clock_timestamp()
    from json_to_recordset(cast(p_keys as json)) as k (stream text, version int)
   where o.stream = k.stream and o.version = k.version and o.published_at is null;
  get diagnostics v_marked = row_count;
  return v_marked;
end
$$;

-- A text in pieces that fit into a row of the Data API's results (64 KB): 15,000 characters have at most 60,000 bytes.
create function dbpatterns.chunks(p_text text)
returns table (part int, chunk text)
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select g, substr(p_text, g * 15000 + 1, 15000)
    from generate_series(0, greatest((length(p_text) - 1) / 15000, 0)) g
$$;

-- Takes commits whose lease has run out, oldest lease first, and leases them to the caller: no two claims get the same.
-- A commit larger than p_entry_limit comes without its events. At least one commit comes if any is due; more only as
-- long as all of them stay below p_max_bytes.
create function dbpatterns.claim(p_limit int, p_max_bytes int, p_entry_limit int, p_lease_seconds int)
returns table (stream text, version int, part int, chunk text)
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  with due as materialized (
    select o.stream, o.version, o.leased_until, o.id,
           case when octet_length(o.commit) > p_entry_limit
                then left(o.commit, strpos(o.commit, ',"data":') - 1) || '}'
                else o.commit end as commit
      from dbpatterns.outbox o
     where o.published_at is null and o.leased_until < clock_timestamp()
     order by o.leased_until, o.id
     limit p_limit
       for update skip locked
  ), sized as (
    select d.*, sum(octet_length(d.commit) + 200) over (order by d.leased_until, d.id) as bytes,
           row_number() over (order by d.leased_until, d.id) as place
      from due d
  ), claimed as (
    update dbpatterns.outbox o
       set leased_until = clock_timestamp() + make_interval(secs => p_lease_seconds)
      from sized s
     where o.stream = s.stream and o.version = s.version and (s.place = 1 or s.bytes <= p_max_bytes)
    returning o.stream, o.version, s.commit, s.place
  )
  select c.stream, c.version, k.part, k.chunk
    from claimed c cross join lateral dbpatterns.chunks(c.commit) k
   order by c.place, k.part
$$;

-- Whether commits older than p_age_seconds wait to be published, and in how many seconds the first lease ends.
-- Younger ones are in the hands of the function that made them.
create function dbpatterns.unpublished(p_age_seconds int)
returns int
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select cast(greatest(ceil(extract(epoch from min(o.leased_until) - clock_timestamp())), 0) as int)
    from dbpatterns.outbox o
   where o.published_at is null and o.created_at < clock_timestamp() - make_interval(secs => p_age_seconds)
  having count(*) > 0
$$;
