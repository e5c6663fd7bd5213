-- A swap moves the names of tables and nothing else: what hangs on a table stays with it, and is gone or out of date
-- with its generation. So a table with such things is not built anew.

-- What refers to a table, or to the type of its rows, and is no part of it. It also keeps the table from being dropped.
create function dbpatterns_view.dependents(p_table text)
returns text[]
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(distinct
           case d.classid when cast('pg_rewrite' as regclass)
                then pg_describe_object(cast('pg_class' as regclass), (select r.ev_class from pg_rewrite r where r.oid = d.objid), 0)
                else pg_describe_object(d.classid, d.objid, 0) end), '{}')
    from pg_class c
    join pg_type t on t.oid = c.reltype
    join pg_depend d
      on d.deptype = 'n'
     and (d.refclassid = cast('pg_class' as regclass) and d.refobjid = c.oid
          or d.refclassid = cast('pg_type' as regclass) and d.refobjid in (t.oid, t.typarray))
   where c.oid = cast(format('public.%I', p_table) as regclass)
     and c.oid is distinct from case d.classid
           when cast('pg_class' as regclass) then d.objid
           when cast('pg_rewrite' as regclass) then (select r.ev_class from pg_rewrite r where r.oid = d.objid)
           when cast('pg_constraint' as regclass) then (select k.conrelid from pg_constraint k where k.oid = d.objid)
           when cast('pg_attrdef' as regclass) then (select a.adrelid from pg_attrdef a where a.oid = d.objid)
           when cast('pg_trigger' as regclass) then (select g.tgrelid from pg_trigger g where g.oid = d.objid)
           when cast('pg_policy' as regclass) then (select p.polrelid from pg_policy p where p.oid = d.objid)
         end
$$;

-- What is a part of a table and does not come with `create table … (like … including all)`.
create function dbpatterns_view.left_behind(p_table text)
returns text[]
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  with own as (select cast(cast(format('public.%I', p_table) as regclass) as oid) as oid), part as (
    select cast('pg_trigger' as regclass) as class, g.oid from own join pg_trigger g on g.tgrelid = own.oid and not g.tgisinternal
    union all
    select cast('pg_policy' as regclass), p.oid from own join pg_policy p on p.polrelid = own.oid
    union all
    select cast('pg_rewrite' as regclass), r.oid from own join pg_rewrite r on r.ev_class = own.oid
    union all
    select cast('pg_constraint' as regclass), k.oid from own join pg_constraint k on k.conrelid = own.oid and k.contype = 'f'
    union all
    select cast('pg_publication_rel' as regclass), p.oid from own join pg_publication_rel p on p.prrelid = own.oid
    union all
    -- The sequence of a serial column: the defaults of all generations would take from the one that is dropped with it.
    select d.classid, d.objid
      from own
      join pg_depend d on d.refclassid = cast('pg_class' as regclass) and d.refobjid = own.oid and d.deptype = 'a'
      join pg_class s on d.classid = cast('pg_class' as regclass) and s.oid = d.objid and s.relkind = 'S'
  )
  select coalesce(array_agg(pg_describe_object(p.class, p.oid, 0) order by p.class, p.oid), '{}') from part p
$$;

create function dbpatterns_view.refuse(p_objects text[])
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_objects <> '{}' then
    raise exception using errcode = 'DBV06', message = 'dbpatterns.dependents:' || array_to_string(p_objects, ', ');
  end if;
end
$$;

-- Gives a copy of a table the rights that others have on the original.
create function dbpatterns_view.copy_grants(p_from text, p_to text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_from oid = cast(format('public.%I', p_from) as regclass);
  v_to oid = cast(format('public.%I', p_to) as regclass);
  v_role text;
  v_right record;
begin
  -- Default privileges may have given it others.
  for v_role in
    select distinct case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end
      from pg_class c cross join lateral aclexplode(c.relacl) a
     where c.oid = v_to and a.grantee <> c.relowner
  loop
    execute format('revoke all on public.%I from %s', p_to, v_role);
  end loop;
  for v_right in
    select a.privilege_type || coalesce(' (' || quote_ident(a.attname) || ')', '') as name, a.is_grantable,
           case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as role
      from pg_class c
      cross join lateral (
        select cast(null as name) as attname, r.grantee, r.privilege_type, r.is_grantable from aclexplode(c.relacl) r
        union all
        select t.attname, r.grantee, r.privilege_type, r.is_grantable
          from pg_attribute t cross join lateral aclexplode(t.attacl) r
         where t.attrelid = c.oid and not t.attisdropped
      ) a
     where c.oid = v_from and a.grantee <> c.relowner
  loop
    execute format('grant %s on public.%I to %s%s', v_right.name, p_to, v_right.role,
                   case when v_right.is_grantable then ' with grant option' else '' end);
  end loop;
end
$$;

-- As in 0007, where nothing hangs on the table, and with the rights that others have on it.
create or replace function dbpatterns_view.begin_generation(p_view text, p_followed text, p_generation int)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '500ms'
as $$
declare
  v_table text;
begin
  perform pg_advisory_xact_lock(hashtextextended('dbpatterns_view ' || p_view, 0));
  perform dbpatterns_view.hold(p_view, p_followed);
  v_table = dbpatterns_view.table_of(p_view, p_generation);
  if to_regclass(format('public.%I', v_table)) is not null then
    return false;
  end if;
  perform dbpatterns_view.refuse(dbpatterns_view.dependents(p_view) || dbpatterns_view.left_behind(p_view));
  execute format('create table public.%I (like public.%I including all)', v_table, p_view);
  perform dbpatterns_view.rename_indexes(v_table, dbpatterns_view.index_names(p_view), '__g' || p_generation);
  perform dbpatterns_view.copy_grants(p_view, v_table);
  return true;
end
$$;

-- As in 0007. What was made over the shown table meanwhile would go on with the one that readers move away from.
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
  perform dbpatterns_view.hold(p_view, p_followed);
  select v.shown into v_shown from dbpatterns_view.view v where v.name = p_view;
  if v_shown = p_generation then
    return false;
  end if;
  if to_regclass(format('public.%I', p_view || '__g' || p_generation)) is null then
    raise exception using errcode = 'DBV03', message = 'dbpatterns.no_generation:' || p_generation;
  end if;
  perform dbpatterns_view.refuse(dbpatterns_view.dependents(p_view));
  v_names = dbpatterns_view.index_names(p_view);
  perform dbpatterns_view.rename_indexes(p_view, v_names, '__g' || v_shown);
  perform dbpatterns_view.rename_indexes(p_view || '__g' || p_generation, v_names, '');
  execute format('alter table public.%I rename to %I', p_view, p_view || '__g' || v_shown);
  execute format('alter table public.%I rename to %I', p_view || '__g' || p_generation, p_view);
  update dbpatterns_view.view v set shown = p_generation where v.name = p_view;
  return true;
end
$$;

-- As in 0007, and says what keeps the table.
create or replace function dbpatterns_view.drop_generation(p_view text, p_followed text, p_generation int, p_limit int)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '500ms'
as $$
declare
  v_deleted int;
  v_table text = p_view || '__g' || p_generation;
begin
  perform dbpatterns_view.hold(p_view, p_followed);
  if p_generation = (select v.shown from dbpatterns_view.view v where v.name = p_view) then
    raise exception using errcode = 'DBV03', message = 'dbpatterns.shown_generation:' || p_generation;
  end if;
  if to_regclass(format('public.%I', v_table)) is not null then
    perform dbpatterns_view.refuse(dbpatterns_view.dependents(v_table));
  end if;
  delete from dbpatterns_view.parked p where p.view = p_view and p.generation = p_generation;
  delete from dbpatterns_view.contribution c
   where c.ctid in (
     select d.ctid from dbpatterns_view.contribution d
      where d.view = p_view and d.generation = p_generation
      limit p_limit
   );
  get diagnostics v_deleted = row_count;
  if v_deleted = p_limit then
    return true;
  end if;
  execute format('drop table if exists public.%I', v_table);
  return false;
end
$$;

-- Functions are executable by everyone unless this is said.
revoke all on function dbpatterns_view.dependents, dbpatterns_view.left_behind, dbpatterns_view.refuse,
  dbpatterns_view.copy_grants from public;
