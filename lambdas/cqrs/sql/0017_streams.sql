-- The streams that a generation holds something of, those after p_after in their order: a page of one of some segments.
create function dbpatterns_view.streams(
  p_view text, p_generation int, p_segment int, p_segments int, p_after text, p_limit int
)
returns table (stream text, version int)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select c.stream, c.version from dbpatterns_view.contribution c
   where c.view = p_view and c.generation = p_generation and c.stream > p_after and c.version > 0
     and (hashtextextended(c.stream, 0) & 1073741823) % p_segments = p_segment
   order by c.stream
   limit p_limit
$$;

-- Functions are executable by everyone unless this is said.
revoke all on function dbpatterns_view.streams from public;
