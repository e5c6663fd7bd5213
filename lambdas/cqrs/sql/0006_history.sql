-- Functions of views live in a schema of their own: who may follow with a view may not touch the outbox.
create schema dbpatterns_view;

-- As in 0005, with one need more: 'view' reaches the functions of dbpatterns_view and nothing else of the kit's.
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
      execute format('grant usage on schema dbpatterns to %I', p_name);
      execute format('grant execute on function dbpatterns.append, dbpatterns.require, dbpatterns.recorded, dbpatterns.published to %I', p_name);
    when 'relay' then
      execute format('grant usage on schema dbpatterns to %I', p_name);
      execute format('grant execute on function dbpatterns.claim, dbpatterns.published, dbpatterns.unpublished, dbpatterns.tidy to %I', p_name);
    when 'history' then
      execute format('grant usage on schema dbpatterns to %I', p_name);
      execute format('grant execute on function dbpatterns.history to %I', p_name);
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
revoke all on all functions in schema dbpatterns from public;
