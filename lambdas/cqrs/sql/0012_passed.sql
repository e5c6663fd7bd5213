-- What was discarded is noted beside what the stream contributes, so that it can be compared with history.
alter table dbpatterns_view.contribution add column passed int[] not null default '{}';

-- As in 0007; a commit with "pass": true moves the version, and is noted.
create or replace function dbpatterns_view.advance(p_view text, p_followed text, p_generation int, p_work text)
returns table (stream text, applied int)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_stream record;
  v_commit record;
  v_version int;
  v_before jsonb;
  v_after jsonb;
  v_moved boolean;
  v_passed int[];
  v_out jsonb = '[]';
  v_in jsonb = '[]';
begin
  perform dbpatterns_view.hold(p_view, p_followed);
  for v_stream in
    select w.stream, w.commits from json_to_recordset(cast(p_work as json)) as w (stream text, commits json)
     order by w.stream collate "C"
  loop
    if exists (select from json_to_recordset(v_stream.commits) as k (version int) where k.version = 1) then
      insert into dbpatterns_view.contribution (view, generation, stream, version)
      values (p_view, p_generation, v_stream.stream, 0) on conflict do nothing;
    end if;
    select c.version, c.contributions into v_version, v_before
      from dbpatterns_view.contribution c
     where c.view = p_view and c.generation = p_generation and c.stream = v_stream.stream
       for no key update;
    stream = v_stream.stream;
    applied = coalesce(v_version, 0);
    v_after = v_before;
    v_moved = false;
    v_passed = '{}';
    for v_commit in
      select k.version, k.reset, k.set, k.add, k.pass
        from json_to_recordset(v_stream.commits) as k (version int, reset boolean, set jsonb, add jsonb, pass boolean)
       order by k.version
    loop
      continue when v_commit.version <= applied;
      exit when v_commit.version > applied + 1;
      if v_commit.reset or v_commit.set <> '[]' or v_commit.add <> '[]' then
        v_after = dbpatterns_view.contributed(
          case when v_commit.reset then '[]' else v_after end, v_commit.set, v_commit.add);
        v_moved = true;
      end if;
      if v_commit.pass then
        v_passed = v_passed || v_commit.version;
      end if;
      applied = v_commit.version;
    end loop;
    if v_moved then
      v_out = v_out || v_before;
      v_in = v_in || v_after;
      update dbpatterns_view.contribution c
         set version = applied, contributions = v_after, passed = c.passed || v_passed
       where c.view = p_view and c.generation = p_generation and c.stream = v_stream.stream;
    elsif applied > v_version then
      update dbpatterns_view.contribution c set version = applied, passed = c.passed || v_passed
       where c.view = p_view and c.generation = p_generation and c.stream = v_stream.stream;
    end if;
    return next;
  end loop;
  if v_out <> '[]' or v_in <> '[]' then
    perform dbpatterns_view.move(dbpatterns_view.table_of(p_view, p_generation), v_out, v_in);
  end if;
end
$$;

-- As in 0007, with the versions that were passed, as a list of JSON. Functions of before take the columns that they know.
drop function dbpatterns_view.held(text, int, text);
create function dbpatterns_view.held(p_view text, p_generation int, p_streams text)
returns table (stream text, version int, checksum text, passed text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select c.stream, c.version, dbpatterns_view.checksum(c.contributions), cast(to_json(c.passed) as text)
    from json_array_elements_text(cast(p_streams as json)) s
    join dbpatterns_view.contribution c
      on c.view = p_view and c.generation = p_generation and c.stream = s
$$;

-- History is folded where it is read.
drop function dbpatterns_view.folded(text);

-- Functions are executable by everyone unless this is said.
revoke all on function dbpatterns_view.held from public;
