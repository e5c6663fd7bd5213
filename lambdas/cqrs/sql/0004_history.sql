-- The commits of one stream from a version on, in order. At least one if there is any; more only as long as all of
-- them stay below p_max_bytes. `more` says whether later ones exist than those that are returned.
-- One stream is read by its versions and has no horizon: version n was committed before n + 1 got its number.
create function dbpatterns.history(p_stream text, p_from int, p_max_bytes int)
returns table (version int, part int, chunk text, more boolean)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  with sized as (
    select o.version, o.commit,
           sum(octet_length(o.commit) + 200) over (order by o.version) as bytes,
           row_number() over (order by o.version) as place
      from dbpatterns.outbox o
     where o.stream = p_stream and o.version >= p_from
     order by o.version
     limit 2000
  ), page as (
    select s.version, s.commit from sized s where s.place = 1 or s.bytes <= p_max_bytes
  ), last as (
    select max(o.version) as version from dbpatterns.outbox o where o.stream = p_stream
  )
  select p.version, k.part, k.chunk, l.version > max(p.version) over () as more
    from page p cross join last l cross join lateral dbpatterns.chunks(p.commit) k
   order by p.version, k.part
$$;
