-- How many commits the streams of a name have: exact in a small outbox, otherwise from a part of its pages, since counting
-- would take as long as reading all of it. The part is the same each time.
create function dbpatterns.counted(p_stream_name text, out commits bigint, out exact boolean)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_pages constant float8 = 4000;
  v_part float8 = least(1, v_pages * cast(current_setting('block_size') as bigint)
                           / greatest(pg_relation_size('dbpatterns.outbox'), 1));
begin
  exact = v_part = 1;
  select round(count(*) / v_part) into commits
    from dbpatterns.outbox o tablesample system (v_part * 100) repeatable (0)
   where starts_with(o.stream, p_stream_name || '/');
end
$$;

-- As in 0006; history may ask for this count. That of 0006 stays for functions that were deployed with it.
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
      execute format('grant execute on function dbpatterns.history, dbpatterns.segment, dbpatterns.commits, dbpatterns.counted to %I', p_name);
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
revoke all on function dbpatterns.counted from public;
