-- Refuses the statement that it stands in unless these views hold these versions of the stream that they follow. Views
-- that the statement does not read are not asked: they may stand still, or be fed by nobody any more.
-- It is stable, so that it sees exactly what the statement sees; asked before the statement it would promise nothing.
-- The one of 0007, which asks all that follow the stream, stays for functions that were deployed with it.
-- p_wanted: [{"stream": "sale/1", "version": 3}], p_views: ["units_of_product"]
create function dbpatterns_view.at_least(p_wanted text, p_views text)
returns boolean
language plpgsql
stable
parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_behind record;
begin
  select w.place, min(coalesce(c.version, 0)) as applied,
         min(v.followed) filter (where v.followed <> split_part(w.stream, '/', 1)) as followed
    into v_behind
    from (
      select e ->> 'stream' as stream, cast(e ->> 'version' as int) as version, place
        from json_array_elements(cast(p_wanted as json)) with ordinality as x (e, place)
    ) w
    cross join json_array_elements_text(cast(p_views as json)) n (name)
    left join dbpatterns_view.view v on v.name = n.name
    left join dbpatterns_view.contribution c
      on c.view = v.name and c.generation = v.shown and c.stream = w.stream
   group by w.place, w.version
  having min(coalesce(c.version, 0)) < w.version
   order by w.place
   limit 1;
  if v_behind.followed is not null then
    raise exception using errcode = 'DBV02', message = 'dbpatterns.followed:' || v_behind.followed;
  end if;
  if v_behind.place is not null then
    raise exception using errcode = 'DBV01',
      message = 'dbpatterns.view_behind:' || v_behind.place || ':' || v_behind.applied;
  end if;
  return true;
end
$$;

-- How far a view has got, every login may ask, as before.
grant execute on function dbpatterns_view.at_least(text, text) to public;
