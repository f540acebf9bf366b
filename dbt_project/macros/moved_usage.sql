{#-
    Usage that is rolled up already and whose key has other terms now: it is taken out of a table of
    the rollup and placed anew, key by key and quarter hour by quarter hour. Doing so twice is
    doing it once, so a run that was killed between two tables does no harm.
-#}
{#- The run was told up to which version of the terms every table of the rollup is right. -#}
{% macro settled_terms() -%}
    {{ told("settled_terms") or 0 }}
{%- endmacro %}

{#- ... and up to which file every table of the rollup has been filled. -#}
{% macro rolled_up_to() -%}
    {{ told("rolled_up_to") or 0 }}
{%- endmacro %}

{#- From when on usage of a table has moved, as a literal; none where nothing has. -#}
{% macro moved_since(table=none) -%}
    {%- set moved = ref("int_usage__moved_stretches") -%}
    {%- do ref("int_usage__standings") -%}
    {%- if not (execute and is_incremental()) -%}{{ return(none) }}{%- endif -%}
    {%- set rows = run_query(
        "select min(from_at) from " ~ moved ~ " where from_at <= "
        ~ "(select coalesce(max(quarter_hour), '9999-12-31') from " ~ (table or this) ~ ")"
    ) -%}
    {{ return(rows.columns[0].values()[0]) }}
{%- endmacro %}

{#-
    From when on a key's requests count otherwise. Peaks do not tell how far usage goes: a request
    that did not count is in none of them, and may count now.
-#}
{% macro counts_otherwise_since() -%}
    {%- set moved = ref("int_usage__moved_stretches") -%}
    {%- do ref("int_usage__standings") -%}
    {%- if not (execute and is_incremental()) -%}{{ return(none) }}{%- endif -%}
    {%- set rows = run_query("select min(from_at) from " ~ moved ~ " where changes_counting") -%}
    {{ return(rows.columns[0].values()[0]) }}
{%- endmacro %}

{#- The standings a moved key ever had. -#}
{% macro moved_standings() -%}
    select
        standings.standing_id,
        moved.from_at,
        moved.to_at
    from {{ ref("int_usage__standings") }} as standings
    inner join {{ ref("int_usage__moved_stretches") }} as moved
        on standings.api_key_id = moved.api_key_id
{%- endmacro %}

{#- Takes out what has moved. -#}
{% macro take_out_moved_usage() -%}
    {%- set since = moved_since() -%}
    {%- if since -%}
        delete from {{ this }} as usage using ({{ moved_standings() }}) as moved
        where usage.usage_key_id // 1048576 = moved.standing_id
            and usage.quarter_hour >= moved.from_at and usage.quarter_hour < moved.to_at
            and usage.quarter_hour >= timestamp '{{ since }}'
    {%- endif -%}
{%- endmacro %}

{#- Events that this table has to place: those of new files, and those of old ones that moved. -#}
{% macro events_to_place() -%}
    select * from {{ ref("stg_usage__events") }}
    {{ only_new_files() }}
    {%- set since = moved_since() %}
    {%- if since %}
    union all
    select events.*
    from {{ ref("stg_usage__events") }} as events
    inner join {{ source("raw", "key_owner") }} as owners on events.owner_id = owners.owner_id
    inner join {{ ref("int_usage__moved_stretches") }} as moved
        on owners.api_key_id = moved.api_key_id
        and events.completed_at >= moved.from_at
        and events.completed_at < moved.to_at
    where
        events.completed_at >= timestamp '{{ since }}'
        and events.ingest_sequence <= (
            select coalesce(max(known.ingest_sequence), 0) from {{ this }} as known
        )
    {%- endif %}
{%- endmacro %}

{#- The register of used keys: those of moved API keys are looked up anew. -#}
{% macro forget_moved_keys() -%}
    {%- if moved_since(ref("int_usage__quarter_hours")) -%}
        delete from {{ this }}
        where usage_key_id // 1048576 in (
            select moved.standing_id from ({{ moved_standings() }}) as moved
        )
    {%- endif -%}
{%- endmacro %}

{% macro or_of_moved_keys() -%}
    {%- if moved_since(ref("int_usage__quarter_hours")) -%}
        or usage_key_id // 1048576 in (
            select moved.standing_id from ({{ moved_standings() }}) as moved
        )
    {%- endif -%}
{%- endmacro %}

{#- The UTC days with a request of a key from when it counts otherwise now; they move as a whole. -#}
{% macro days_of_moved_keys(since) -%}
    select distinct cast(events.quarter_hour as date) as usage_date
    from {{ ref("stg_usage__events") }} as events
    inner join {{ source("raw", "key_owner") }} as owners on events.owner_id = owners.owner_id
    inner join {{ ref("int_usage__moved_stretches") }} as moved
        on owners.api_key_id = moved.api_key_id
        and events.completed_at >= moved.from_at
        and events.completed_at < moved.to_at
    where moved.changes_counting and events.completed_at >= timestamp '{{ since }}'
{%- endmacro %}

{% macro take_out_moved_days() -%}
    {%- set since = counts_otherwise_since() -%}
    {%- if since -%}
        delete from {{ this }} where usage_date in ({{ days_of_moved_keys(since) }})
    {%- endif -%}
{%- endmacro %}

{#- The UTC days that new files touch, and those that moved keys do. -#}
{% macro touched_days() -%}
    select distinct cast(quarter_hour as date) as usage_date
    from {{ ref("stg_usage__events") }}
    {%- if is_incremental() %}
    where ingest_sequence > (select coalesce(max(known.seen_up_to), 0) from {{ this }} as known)
    {%- endif %}
    {%- set since = counts_otherwise_since() %}
    {%- if since %}
    union
    {{ days_of_moved_keys(since) }}
    {%- endif -%}
{%- endmacro %}

{#- From the first of some days to the last, unless all are built: the rest need not be read. -#}
{% macro on_days_of(days, instant) -%}
    {%- if is_incremental() -%}
        {{ instant }} >= (select min(days.usage_date) from {{ days }} as days)
        and {{ instant }} < (select max(days.usage_date) + 1 from {{ days }} as days)
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- Standings end where the catalog says today. -#}
{% macro move_ends() -%}
    {%- set key_terms = ref("int_usage__key_terms") -%}
    {%- if is_incremental() -%}
        update {{ this }} as standings set to_at = key_terms.to_at
        from {{ key_terms }} as key_terms
        where {{ same_standing_terms("standings", "key_terms") }}
            and standings.to_at <> key_terms.to_at
    {%- endif -%}
{%- endmacro %}
