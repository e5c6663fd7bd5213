-- Totals that many streams feed, in a table of the application. What a stream has contributed is kept beside it and
-- changes with the totals in one transaction, so that nothing counts twice.
-- One row per totals table: the stream that it follows, the generation that it holds, and the record of a rebuild.
-- Generation n of table t is t itself where it is the shown one, otherwise t__g<n>.
create table dbpatterns_view.view (
  name text primary key,
  followed text not null,
  shown int not null default 1,
  record text,
  revision int not null default 0
);

-- Contributions: [{"key": {"product": "A", "other": "B"}, "measures": {"baskets": 1}}], each key once, no zeros.
create table dbpatterns_view.contribution (
  view text not null,
  generation int not null,
  stream text collate "C" not null,
  version int not null,
  contributions jsonb not null default '[]',
  primary key (view, generation, stream)
);

-- Streams that stand still, and why.
create table dbpatterns_view.parked (
  view text not null,
  generation int not null,
  stream text collate "C" not null,
  version int not null,
  cause text not null,
  at text not null,
  primary key (view, generation, stream)
);

-- The table of a generation. Whoever asks holds the view's lock, so that no swap comes in between.
create function dbpatterns_view.table_of(p_view text, p_generation int)
returns text
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  select case when p_generation = coalesce((select v.shown from dbpatterns_view.view v where v.name = p_view), 1)
              then p_view else p_view || '__g' || p_generation end
$$;

-- Keeps swaps away until the transaction ends; the first one of a view leaves its row.
create function dbpatterns_view.hold(p_view text, p_followed text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_followed text;
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('dbpatterns_view ' || p_view, 0));
  select v.followed into v_followed from dbpatterns_view.view v where v.name = p_view;
  if not found then
    insert into dbpatterns_view.view (name, followed) values (p_view, p_followed) on conflict do nothing;
  elsif v_followed <> p_followed then
    raise exception using errcode = 'DBV02', message = 'dbpatterns.followed:' || v_followed;
  end if;
end
$$;

-- What a stream contributes after a commit. `set` is from now on exactly this, `add` is this much more.
create function dbpatterns_view.contributed(p_before jsonb, p_set jsonb, p_add jsonb)
returns jsonb
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  with stays as (
    select e as entry from jsonb_array_elements(p_before) e
     where not exists (select from jsonb_array_elements(p_set) s where s -> 'key' = e -> 'key')
    union all
    select e from jsonb_array_elements(p_set) e
    union all
    select e from jsonb_array_elements(p_add) e
  ), summed as (
    select s.entry -> 'key' as key, m.key as name, sum(cast(m.value as numeric)) as amount
      from stays s cross join lateral jsonb_each_text(s.entry -> 'measures') m
     group by 1, 2
    having sum(cast(m.value as numeric)) <> 0
  ), entries as (
    select s.key, jsonb_object_agg(s.name, s.amount) as measures from summed s group by s.key
  )
  select coalesce(jsonb_agg(jsonb_build_object('key', e.key, 'measures', e.measures)), '[]') from entries e
$$;

-- The columns of a table's primary key.
create function dbpatterns_view.key_columns(p_table text)
returns text[]
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select array_agg(cast(a.attname as text) order by k.place)
    from pg_index i
    cross join lateral unnest(cast(i.indkey as int2[])) with ordinality as k (attnum, place)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
   where i.indrelid = cast(format('public.%I', p_table) as regclass) and i.indisprimary
$$;

-- Takes contributions out of the totals and puts others in. Each total is written once and all in the order of their
-- keys, so that batches which move the same ones wait for each other and never in a circle.
create function dbpatterns_view.move(p_table text, p_out jsonb, p_in jsonb)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_keys text[] = dbpatterns_view.key_columns(p_table);
  v_measures text[];
  v_odd text;
begin
  if v_keys is null then
    raise exception using errcode = 'DBV02', message = 'dbpatterns.no_primary_key:' || p_table;
  end if;
  if exists (select from jsonb_array_elements(p_in) e where not e -> 'key' ?& v_keys or (e -> 'key') - v_keys <> '{}') then
    raise exception using errcode = 'DBV04', message = 'dbpatterns.key:' || array_to_string(v_keys, ', ');
  end if;
  select array_agg(distinct m) into v_measures
    from jsonb_array_elements(p_out || p_in) e cross join lateral jsonb_object_keys(e -> 'measures') m;
  if v_measures is null then
    return;
  end if;
  select m into v_odd from unnest(v_measures) m where m = any (v_keys);
  if found then
    raise exception using errcode = 'DBV05', message = 'dbpatterns.measure:' || v_odd;
  end if;
  execute (
    select format(
      'insert into public.%1$I as t (%2$s, %3$s)
       select %4$s, %5$s
         from (select 1 as sign, e from jsonb_array_elements($2) e union all select -1, e from jsonb_array_elements($1) e) s
         cross join lateral jsonb_populate_record(cast(null as public.%1$I), (s.e -> ''key'') || (s.e -> ''measures'')) r
        group by %4$s
       having %6$s
        order by %4$s
       on conflict (%2$s) do update set %7$s',
      p_table,
      (select string_agg(format('%I', k), ', ' order by k.place) from unnest(v_keys) with ordinality k (k, place)),
      string_agg(format('%I', m), ', ' order by m),
      (select string_agg(format('r.%I', k), ', ' order by k.place) from unnest(v_keys) with ordinality k (k, place)),
      string_agg(format('coalesce(sum(s.sign * r.%I), 0)', m), ', ' order by m),
      string_agg(format('coalesce(sum(s.sign * r.%I), 0) <> 0', m), ' or ' order by m),
      string_agg(format('%1$I = t.%1$I + excluded.%1$I', m), ', ' order by m)
    ) from unnest(v_measures) m
  ) using p_out, p_in;
end
$$;

-- Applies commits of several streams, in one transaction: those that follow what the view holds of their stream. What is
-- in it already, and what comes after a gap, changes nothing. Answers with the version that the view holds then.
-- p_work: [{"stream": "sale/1", "commits": [{"version": 1, "reset": false, "set": [...], "add": [...]}]}]
create function dbpatterns_view.advance(p_view text, p_followed text, p_generation int, p_work text)
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
    for v_commit in
      select k.version, k.reset, k.set, k.add
        from json_to_recordset(v_stream.commits) as k (version int, reset boolean, set jsonb, add jsonb)
       order by k.version
    loop
      continue when v_commit.version <= applied;
      exit when v_commit.version > applied + 1;
      if v_commit.reset or v_commit.set <> '[]' or v_commit.add <> '[]' then
        v_after = dbpatterns_view.contributed(
          case when v_commit.reset then '[]' else v_after end, v_commit.set, v_commit.add);
        v_moved = true;
      end if;
      applied = v_commit.version;
    end loop;
    if v_moved then
      v_out = v_out || v_before;
      v_in = v_in || v_after;
      update dbpatterns_view.contribution c set version = applied, contributions = v_after
       where c.view = p_view and c.generation = p_generation and c.stream = v_stream.stream;
    elsif applied > v_version then
      update dbpatterns_view.contribution c set version = applied
       where c.view = p_view and c.generation = p_generation and c.stream = v_stream.stream;
    end if;
    return next;
  end loop;
  if v_out <> '[]' or v_in <> '[]' then
    perform dbpatterns_view.move(dbpatterns_view.table_of(p_view, p_generation), v_out, v_in);
  end if;
end
$$;

-- The version of a stream that the view holds.
create function dbpatterns_view.applied(p_view text, p_generation int, p_stream text)
returns int
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(max(c.version), 0) from dbpatterns_view.contribution c
   where c.view = p_view and c.generation = p_generation and c.stream = p_stream
$$;

-- Refuses the statement that it stands in unless every view that follows these streams holds these versions of them.
-- It is stable, so that it sees exactly what the statement sees; asked before the statement it would promise nothing.
-- p_wanted: [{"stream": "sale/1", "version": 3}]
create function dbpatterns_view.at_least(p_wanted text)
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
  select w.place, min(coalesce(c.version, 0)) as applied into v_behind
    from (
      select e ->> 'stream' as stream, cast(e ->> 'version' as int) as version, place
        from json_array_elements(cast(p_wanted as json)) with ordinality as x (e, place)
    ) w
    left join dbpatterns_view.view v
      on v.followed = split_part(w.stream, '/', 1) and to_regclass(format('public.%I', v.name)) is not null
    left join dbpatterns_view.contribution c
      on c.view = v.name and c.generation = v.shown and c.stream = w.stream
   group by w.place, w.version
  having min(coalesce(c.version, 0)) < w.version
   order by w.place
   limit 1;
  if found then
    raise exception using errcode = 'DBV01',
      message = 'dbpatterns.view_behind:' || v_behind.place || ':' || v_behind.applied;
  end if;
  return true;
end
$$;

-- Parks a stream at the version after p_applied, unless the view has moved on; whether it is parked.
create function dbpatterns_view.park(
  p_view text, p_followed text, p_generation int, p_stream text, p_applied int, p_cause text, p_at text
)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_version int;
begin
  perform dbpatterns_view.hold(p_view, p_followed);
  if p_applied = 0 then
    insert into dbpatterns_view.contribution (view, generation, stream, version)
    values (p_view, p_generation, p_stream, 0) on conflict do nothing;
  end if;
  select c.version into v_version from dbpatterns_view.contribution c
   where c.view = p_view and c.generation = p_generation and c.stream = p_stream
     for no key update;
  if v_version is distinct from p_applied then
    return false;
  end if;
  insert into dbpatterns_view.parked (view, generation, stream, version, cause, at)
  values (p_view, p_generation, p_stream, p_applied + 1, p_cause, p_at)
  on conflict (view, generation, stream) do update
    set version = excluded.version, cause = excluded.cause, at = excluded.at;
  return true;
end
$$;

-- The marks of one stream, or of those after p_after, in the order of streams.
create function dbpatterns_view.parked_streams(
  p_view text, p_generation int, p_stream text, p_after text, p_limit int
)
returns table (stream text, version int, cause text, at text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select p.stream, p.version, p.cause, p.at from dbpatterns_view.parked p
   where p.view = p_view and p.generation = p_generation
     and (p_stream is null or p.stream = p_stream) and (p_after is null or p.stream > p_after)
   order by p.stream
   limit p_limit
$$;

create function dbpatterns_view.unpark(p_view text, p_generation int, p_stream text)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  delete from dbpatterns_view.parked p
   where p.view = p_view and p.generation = p_generation and p.stream = p_stream;
  return found;
end
$$;

-- The record of a view's generations, null where none was written.
create function dbpatterns_view.record(p_view text)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select v.record from dbpatterns_view.view v where v.name = p_view
$$;

-- Writes the record if p_revision is still the stored one; whether it did.
create function dbpatterns_view.write_record(p_view text, p_followed text, p_record text, p_revision int)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform dbpatterns_view.hold(p_view, p_followed);
  update dbpatterns_view.view v set record = p_record, revision = p_revision + 1
   where v.name = p_view and v.revision = p_revision;
  return found;
end
$$;

-- Gives the indexes of one table the names of another's with another ending, in the order of their making: a copy of a
-- table has its indexes made in the order of the original's.
create function dbpatterns_view.rename_indexes(p_table text, p_names text[], p_ending text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_index record;
begin
  for v_index in
    select cast(c.relname as text) as name, row_number() over (order by i.indexrelid) as place
      from pg_index i join pg_class c on c.oid = i.indexrelid
     where i.indrelid = cast(format('public.%I', p_table) as regclass)
  loop
    if v_index.name <> p_names[v_index.place] || p_ending then
      execute format('alter index public.%I rename to %I', v_index.name, p_names[v_index.place] || p_ending);
    end if;
  end loop;
end
$$;

create function dbpatterns_view.index_names(p_table text)
returns text[]
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(cast(c.relname as text) order by i.indexrelid), '{}')
    from pg_index i join pg_class c on c.oid = i.indexrelid
   where i.indrelid = cast(format('public.%I', p_table) as regclass)
$$;

-- Makes the table of a generation: like the shown one, and empty.
create function dbpatterns_view.begin_generation(p_view text, p_followed text, p_generation int)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
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
  execute format('create table public.%I (like public.%I including all)', v_table, p_view);
  perform dbpatterns_view.rename_indexes(v_table, dbpatterns_view.index_names(p_view), '__g' || p_generation);
  return true;
end
$$;

-- Makes a generation the one that readers see, by names, in one transaction. Statements that run keep the table that
-- they have begun with; those that begin later have the other one.
create function dbpatterns_view.publish_generation(p_view text, p_followed text, p_generation int)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
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
  v_names = dbpatterns_view.index_names(p_view);
  perform dbpatterns_view.rename_indexes(p_view, v_names, '__g' || v_shown);
  perform dbpatterns_view.rename_indexes(p_view || '__g' || p_generation, v_names, '');
  execute format('alter table public.%I rename to %I', p_view, p_view || '__g' || v_shown);
  execute format('alter table public.%I rename to %I', p_view || '__g' || p_generation, p_view);
  update dbpatterns_view.view v set shown = p_generation where v.name = p_view;
  return true;
end
$$;

-- Deletes a portion of a generation: its contributions and marks, and last its table. Whether something is left.
create function dbpatterns_view.drop_generation(p_view text, p_followed text, p_generation int, p_limit int)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_deleted int;
begin
  perform dbpatterns_view.hold(p_view, p_followed);
  if p_generation = (select v.shown from dbpatterns_view.view v where v.name = p_view) then
    raise exception using errcode = 'DBV03', message = 'dbpatterns.shown_generation:' || p_generation;
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
  execute format('drop table if exists public.%I', p_view || '__g' || p_generation);
  return false;
end
$$;

-- A checksum of contributions, the same in whatever order they are kept.
create function dbpatterns_view.checksum(p_contributions jsonb)
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select encode(sha256(convert_to(
    coalesce(string_agg(cast(e as text), ',' order by cast(e as text) collate "C"), ''), 'UTF8')), 'hex')
    from jsonb_array_elements(p_contributions) e
$$;

-- What the view holds of these streams: ["sale/1", "sale/2"]. Those of which it holds nothing are left out.
create function dbpatterns_view.held(p_view text, p_generation int, p_streams text)
returns table (stream text, version int, checksum text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select c.stream, c.version, dbpatterns_view.checksum(c.contributions)
    from json_array_elements_text(cast(p_streams as json)) s
    join dbpatterns_view.contribution c
      on c.view = p_view and c.generation = p_generation and c.stream = s
$$;

-- The checksum of what commits contribute, from the first on.
create function dbpatterns_view.folded(p_commits text)
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_commit record;
  v_after jsonb = '[]';
begin
  for v_commit in
    select k.reset, k.set, k.add
      from json_to_recordset(cast(p_commits as json)) as k (version int, reset boolean, set jsonb, add jsonb)
     order by k.version
  loop
    v_after = dbpatterns_view.contributed(
      case when v_commit.reset then '[]' else v_after end, v_commit.set, v_commit.add);
  end loop;
  return dbpatterns_view.checksum(v_after);
end
$$;

-- Functions are executable by everyone unless this is said. How far a view has got, every login may ask.
revoke all on all functions in schema dbpatterns_view from public;
grant usage on schema dbpatterns_view to public;
grant execute on function dbpatterns_view.at_least(text) to public;
