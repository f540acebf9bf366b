{#-
    Rows of the rollup that the slices of a month can bill: those from its first instant on, and of
    earlier months what late files brought. Two scans, each with bounds of its own, so that what
    lies outside is not read: a month costs what it has, not what came before.
-#}
{% macro usage_of_slices(rollup, slices) -%}
    select * from {{ rollup }}
    where
        quarter_hour >= ({{ first_of_new_files(slices) }})
        and quarter_hour < (select max(slices.ends_at) from {{ slices }} as slices)
    union all
    select * from {{ rollup }}
    where
        quarter_hour >= (select min(slices.starts_at) from {{ slices }} as slices)
        and quarter_hour < ({{ first_of_new_files(slices) }})
        and ingest_sequence > (
            select min(slices.after_sequence) from {{ slices }} as slices
            where slices.after_sequence > 0
        )
{%- endmacro %}

{#- Before this instant only late files count. -#}
{% macro first_of_new_files(slices) -%}
    select coalesce(min(slices.starts_at), timestamp '9999-12-31') from {{ slices }} as slices
    where slices.after_sequence = 0
{%- endmacro %}

{#- In the time of some slices, whatever files brought it. -#}
{% macro in_time_of(slices) -%}
    quarter_hour >= (select min(slices.starts_at) from {{ slices }} as slices)
    and quarter_hour < (select max(slices.ends_at) from {{ slices }} as slices)
{%- endmacro %}
