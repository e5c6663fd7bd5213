-- As in 0007. The login of a view may name any table, so a table becomes a view's only while it is empty: what the
-- application keeps in its own tables is out of reach.
create or replace function dbpatterns_view.hold(p_view text, p_followed text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_followed text;
  v_filled boolean;
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('dbpatterns_view ' || p_view, 0));
  select v.followed into v_followed from dbpatterns_view.view v where v.name = p_view;
  if not found then
    execute format('select exists (select from public.%I)', p_view) into v_filled;
    -- Another one may have been first, and come with the rows.
    if v_filled and not exists (select from dbpatterns_view.view v where v.name = p_view) then
      raise exception using errcode = 'DBV07', message = 'dbpatterns.not_empty:' || p_view;
    end if;
    insert into dbpatterns_view.view (name, followed) values (p_view, p_followed) on conflict do nothing;
  elsif v_followed <> p_followed then
    raise exception using errcode = 'DBV02', message = 'dbpatterns.followed:' || v_followed;
  end if;
end
$$;

-- As in 0007, of views only: there is no table of what was never held.
create or replace function dbpatterns_view.table_of(p_view text, p_generation int)
returns text
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_shown int;
begin
  select v.shown into v_shown from dbpatterns_view.view v where v.name = p_view;
  if not found then
    raise exception using errcode = 'DBV07', message = 'dbpatterns.no_view:' || p_view;
  end if;
  return case when p_generation = v_shown then p_view else p_view || '__g' || p_generation end;
end
$$;
