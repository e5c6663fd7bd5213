-- As in 0006, but a small page reads no more of the outbox than it can hold: each commit counts for 200 bytes and its own.
create or replace function dbpatterns.segment(
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
     limit least(2001, p_max_bytes / 200 + 2)
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
