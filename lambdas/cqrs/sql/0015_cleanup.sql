-- As in 0006. Of what is old and the newest of its stream, the events go as well: the version stays, from which the stream
-- goes on, so that streams which have come to their end take a few bytes each and not their history.
create or replace function dbpatterns.expire(p_retention_seconds bigint, p_limit int, out looked int, out deleted int)
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

  -- A commit of a table that was filled by hand may have none. The thin form is a beginning of the text.
  update dbpatterns.outbox o
     set commit = left(o.commit, strpos(o.commit, ',"data":') - 1) || '}'
    from unnest(v_streams, v_versions) k (stream, version)
   where o.stream = k.stream and o.version = k.version
     and strpos(o.commit, ',"data":') > 0
     and not exists (select from dbpatterns.outbox n where n.stream = o.stream and n.version = o.version + 1)
     and not exists (
       select from dbpatterns.outbox u
        where u.stream = o.stream and u.version <= o.version and u.published_at is null
     );

  update dbpatterns.cleanup c set seen_until = v_last;
end
$$;

-- What was looked at before is looked at once more.
update dbpatterns.cleanup set seen_until = '-infinity';
