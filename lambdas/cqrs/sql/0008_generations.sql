-- Compares the totals of a generation that stands still with what was contributed to them. Each measure of each total
-- has a weight of its own; what is contributed counts by it, what the totals hold counts against it, and one number is
-- left however large the view is.
create function dbpatterns_view.weight(p_key jsonb, p_measure text)
returns numeric
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select cast(hashtextextended(cast(p_key as text) || ' ' || p_measure, 0) as numeric)
$$;

-- The weight of what some streams contribute, those after p_after in their order, and the last of them; null at the end.
create function dbpatterns_view.contributed_weight(p_view text, p_generation int, p_after text, p_limit int)
returns table (last text, weight text)
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
    'with page as materialized (
       select c.stream, c.contributions from dbpatterns_view.contribution c
        where c.view = $1 and c.generation = $2 and c.stream > $3
        order by c.stream
        limit $4
     )
     select case when (select count(*) from page) = $4 then (select max(p.stream) from page p) end,
            cast(coalesce(sum(cast(m.value as numeric) * dbpatterns_view.weight(k.key, m.key)), 0) as text)
       from page p
       cross join lateral jsonb_array_elements(p.contributions) e
       cross join lateral jsonb_each_text(e -> ''measures'') m
       cross join lateral (
         select jsonb_object_agg(j.key, j.value) as key
           from jsonb_each(to_jsonb(jsonb_populate_record(cast(null as public.%I), e -> ''key''))) j
          where j.key = any ($5)
       ) k',
    v_table
  ) using p_view, p_generation, p_after, p_limit, v_keys;
end
$$;

-- The weight of all totals.
create function dbpatterns_view.totals_weight(p_view text, p_generation int)
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_table text = dbpatterns_view.table_of(p_view, p_generation);
  v_keys text[] = dbpatterns_view.key_columns(v_table);
  v_weight text;
begin
  execute format(
    'select cast(coalesce(sum(cast(m.value as numeric) * dbpatterns_view.weight(k.key, m.key)), 0) as text)
       from public.%I t
       cross join lateral (select to_jsonb(t) as total) r
       cross join lateral (
         select jsonb_object_agg(j.key, j.value) as key from jsonb_each(r.total) j where j.key = any ($1)
       ) k
       cross join lateral jsonb_each(r.total - $1) m
      where jsonb_typeof(m.value) = ''number''',
    v_table
  ) into v_weight using v_keys;
  return v_weight;
end
$$;

-- Functions are executable by everyone unless this is said.
revoke all on function dbpatterns_view.weight, dbpatterns_view.contributed_weight, dbpatterns_view.totals_weight
  from public;
