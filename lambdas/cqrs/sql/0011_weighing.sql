-- Totals and what was contributed to them are compared a portion at a time, by the measures alone, as numbers: whatever
-- their columns' types write them as. `rest` is what is left of one against the other so far; in the end it is 0.

-- Adds what some streams contribute, those after p_after in their order: at most p_streams of them, and fewer where their
-- contributions are large. Answers the last of them (null at the end), and the names of the measures that it met.
create function dbpatterns_view.weigh_contributions(
  p_view text, p_generation int, p_after text, p_streams int, p_bytes int, p_rest text
)
returns table (last text, measures text, rest text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_table text = dbpatterns_view.table_of(p_view, p_generation);
  v_keys text[] = dbpatterns_view.key_columns(v_table);
begin
  -- A key is compared as its columns hold it: 5 in a column of text is "5".
  return query execute format(
    'with found as materialized (
       select c.stream, c.contributions, sum(pg_column_size(c.contributions)) over (order by c.stream) as bytes,
              row_number() over (order by c.stream) as place
         from (
           select o.stream, o.contributions from dbpatterns_view.contribution o
            where o.view = $1 and o.generation = $2 and o.stream > $3
            order by o.stream
            limit $4
         ) c
     ), page as (
       select f.stream, f.contributions from found f where f.place = 1 or f.bytes <= $5
     ), measured as (
       select m.key as name, cast(m.value as numeric) * dbpatterns_view.weight(k.key, m.key) as weight
         from page p
         cross join lateral jsonb_array_elements(p.contributions) e
         cross join lateral jsonb_each_text(e -> ''measures'') m
         cross join lateral (
           select jsonb_object_agg(j.key, j.value) as key
             from jsonb_each(to_jsonb(jsonb_populate_record(cast(null as public.%I), e -> ''key''))) j
            where j.key = any ($7)
         ) k
     )
     select (select case when count(*) < $4 and count(*) = (select count(*) from page) then null
                         else (select max(p.stream) from page p) end from found),
            cast(coalesce(json_agg(distinct m.name), ''[]'') as text),
            cast(cast($6 as numeric) + coalesce(sum(m.weight), 0) as text)
       from measured m',
    v_table
  ) using p_view, p_generation, p_after, p_streams, p_bytes, p_rest, v_keys;
end
$$;

-- Takes away what some totals hold, those after the key p_after in the order of the primary key. Measures are the
-- columns that contributions name and those that are made as measures are, from 0 on; not what the table computes or
-- fills in by itself. Answers the key of the last one (null at the end), and whether nothing is left.
create function dbpatterns_view.weigh_totals(
  p_view text, p_generation int, p_after text, p_limit int, p_measures text, p_rest text
)
returns table (last text, rest text, even boolean)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
-- In the order of the index, whatever the estimates say: a page is to cost what a page holds.
set enable_seqscan = off
set enable_bitmapscan = off
as $$
declare
  v_table text = dbpatterns_view.table_of(p_view, p_generation);
  v_keys text[] = dbpatterns_view.key_columns(v_table);
  v_order text;
  v_after text = '';
  v_measures text[];
begin
  select string_agg(format('t.%I', k), ', ' order by k.place) into v_order
    from unnest(v_keys) with ordinality k (k, place);
  if p_after is not null then
    select format('where (%s) > (%s)', v_order, string_agg(
             format('(jsonb_populate_record(cast(null as public.%I), cast($2 as jsonb))).%I', v_table, k), ', ' order by k.place))
      into v_after from unnest(v_keys) with ordinality k (k, place);
  end if;
  select array_agg(n.name) into v_measures
    from (
      select json_array_elements_text(cast(p_measures as json)) as name
      union
      select cast(a.attname as text)
        from pg_attribute a join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
       where a.attrelid = cast(format('public.%I', v_table) as regclass) and a.attgenerated = ''
         and pg_get_expr(d.adbin, d.adrelid) = '0'
    ) n
   where n.name <> all (v_keys);
  return query execute format(
    'with page as materialized (
       select to_jsonb(t) as total, row_number() over (order by %1$s) as place
         from public.%2$I t %3$s
        order by %1$s
        limit $3
     ), keyed as (
       select p.total, p.place, k.key
         from page p
         cross join lateral (
           select jsonb_object_agg(j.key, j.value) as key from jsonb_each(p.total) j where j.key = any ($1)
         ) k
     ), weighed as (
       select cast($5 as numeric) - coalesce(sum(cast(m.value as numeric) * dbpatterns_view.weight(k.key, m.key)), 0) as rest
         from keyed k cross join lateral jsonb_each_text(k.total) m
        where m.key = any ($4)
     )
     select (select cast(k.key as text) from keyed k where k.place = $3), cast(w.rest as text), w.rest = 0 from weighed w',
    v_order, v_table, v_after
  ) using v_keys, p_after, p_limit, v_measures, p_rest;
end
$$;

drop function dbpatterns_view.contributed_weight(text, int, text, int);
drop function dbpatterns_view.totals_weight(text, int);

-- Functions are executable by everyone unless this is said.
revoke all on function dbpatterns_view.weigh_contributions, dbpatterns_view.weigh_totals from public;
