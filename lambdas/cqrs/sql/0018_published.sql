-- A generation takes hours to build, and its table may be altered meanwhile: what the shown one has and the other has not
-- would be gone with the swap. Rights are copied once more; for the rest a swap is refused, before readers begin to move.

-- What two tables of a view have to have in common.
create function dbpatterns_view.parts_of(p_table text)
returns text[]
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  with own as (select cast(cast(format('public.%I', p_table) as regclass) as oid) as oid), part as (
    select 'column ' || quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
           || case when a.attnotnull then ' not null' else '' end as name
      from own join pg_attribute a on a.attrelid = own.oid and a.attnum > 0 and not a.attisdropped
    union all
    select case when i.indisunique then 'unique index (' else 'index (' end
           || (select string_agg(pg_get_indexdef(i.indexrelid, n, true), ', ' order by n)
                 from generate_series(1, i.indnatts) n)
           || ')' || coalesce(' where ' || pg_get_expr(i.indpred, i.indrelid, true), '')
      from own join pg_index i on i.indrelid = own.oid
    union all
    select 'check ' || quote_ident(k.conname) from own join pg_constraint k on k.conrelid = own.oid and k.contype = 'c'
  )
  select coalesce(array_agg(p.name order by p.name), '{}') from part p
$$;

-- What one of two tables has and the other has not, in either direction.
create function dbpatterns_view.unlike(p_one text, p_other text)
returns text[]
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  with one as (
    select p.name, count(*) as number from unnest(dbpatterns_view.parts_of(p_one)) as p (name) group by 1
  ), other as (
    select p.name, count(*) as number from unnest(dbpatterns_view.parts_of(p_other)) as p (name) group by 1
  )
  select coalesce(array_agg(
           name || ' of ' || case when coalesce(one.number, 0) > coalesce(other.number, 0) then p_one else p_other end
             || ' only'
           order by name), '{}')
    from one full join other using (name)
   where one.number is distinct from other.number
$$;

-- Refuses a swap that would lose something; whether there is one to make.
create function dbpatterns_view.may_publish(p_view text, p_followed text, p_generation int)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_table text = p_view || '__g' || p_generation;
begin
  perform dbpatterns_view.hold(p_view, p_followed);
  if p_generation = (select v.shown from dbpatterns_view.view v where v.name = p_view) then
    return false;
  end if;
  if to_regclass(format('public.%I', v_table)) is null then
    raise exception using errcode = 'DBV03', message = 'dbpatterns.no_generation:' || p_generation;
  end if;
  perform dbpatterns_view.refuse(
    dbpatterns_view.dependents(p_view) || dbpatterns_view.left_behind(p_view) || dbpatterns_view.unlike(p_view, v_table));
  return true;
end
$$;

-- As in 0010, where nothing would be lost, and with the rights that others have by now.
create or replace function dbpatterns_view.publish_generation(p_view text, p_followed text, p_generation int)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '500ms'
as $$
declare
  v_shown int;
  v_names text[];
begin
  perform pg_advisory_xact_lock(hashtextextended('dbpatterns_view ' || p_view, 0));
  if not dbpatterns_view.may_publish(p_view, p_followed, p_generation) then
    return false;
  end if;
  perform dbpatterns_view.copy_grants(p_view, p_view || '__g' || p_generation);
  select v.shown into v_shown from dbpatterns_view.view v where v.name = p_view;
  v_names = dbpatterns_view.index_names(p_view);
  perform dbpatterns_view.rename_indexes(p_view, v_names, '__g' || v_shown);
  perform dbpatterns_view.rename_indexes(p_view || '__g' || p_generation, v_names, '');
  execute format('alter table public.%I rename to %I', p_view, p_view || '__g' || v_shown);
  execute format('alter table public.%I rename to %I', p_view || '__g' || p_generation, p_view);
  update dbpatterns_view.view v set shown = p_generation where v.name = p_view;
  return true;
end
$$;

-- Functions are executable by everyone unless this is said.
revoke all on function dbpatterns_view.parts_of, dbpatterns_view.unlike, dbpatterns_view.may_publish from public;
