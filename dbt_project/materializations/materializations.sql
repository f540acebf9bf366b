{#-
    How our models become tables and views: dbt's own materializations, said in fewer statements.

    dbt writes the rows of an incremental model to a temporary table and copies them from there;
    these write them once, and check the same contract first. Each model is one transaction.
-#}

{#- A table that keeps its rows: those of the month, or of new files, are added. -#}
{% materialization incremental, adapter="duckdb" %}
    {%- set target = this.incorporate(type="table") -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set made_anew = existing is none or existing.is_view or should_full_refresh() -%}
    {%- do get_assert_columns_equivalent(sql) -%}
    {{ run_hooks(pre_hooks) }}
    {%- if made_anew -%}
        {%- do replace_table(existing, target) -%}
    {%- endif -%}
    {%- if config.get("incremental_strategy") == "delete+insert" and not made_anew -%}
        {%- do exchange_rows(target, sql, config.require("unique_key")) -%}
    {%- else -%}
        {%- do add_rows(target, sql) -%}
    {%- endif -%}
    {%- do adapter.commit() -%}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}

{#- A table that is written anew every time. -#}
{% materialization table, adapter="duckdb", supported_languages=["sql"] %}
    {%- set target = this.incorporate(type="table") -%}
    {%- do get_assert_columns_equivalent(sql) -%}
    {{ run_hooks(pre_hooks) }}
    {%- do replace_table(load_cached_relation(this), target) -%}
    {%- do add_rows(target, sql) -%}
    {%- do adapter.commit() -%}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}

{% materialization view, adapter="duckdb" %}
    {%- set target = this.incorporate(type="view") -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- do get_assert_columns_equivalent(sql) -%}
    {%- if existing is not none and not existing.is_view -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {% call statement("main") %}create or replace view {{ target }} as ({{ sql }}){% endcall %}
    {%- do adapter.commit() -%}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}

{#- An empty table of the contract's columns and constraints in place of what was there. -#}
{% macro replace_table(existing, target) -%}
    {%- if existing is not none -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {% call statement("create_table") %}
        create table {{ target }} {{ get_table_columns_and_constraints() }};
        comment on table {{ target }} is '{{ contract_mark(model) }}'
    {% endcall %}
{%- endmacro %}

{% macro add_rows(target, sql) -%}
    {%- set names = model.columns | join(", ") -%}
    {% call statement("main") %}
        insert into {{ target }} ({{ names }}) select {{ names }} from ({{ sql }}) as model_rows
    {% endcall %}
{%- endmacro %}

{#- Rows in place of those there that agree with one of them in `key`. -#}
{% macro exchange_rows(target, sql, key) -%}
    {%- set rows = target.incorporate(path={"database": none, "schema": none}) -%}
    {% call statement("rows") %}create or replace temporary table {{ rows }} as ({{ sql }}){% endcall %}
    {% call statement("delete") %}
        delete from {{ target }} where {{ key }} in (select {{ key }} from {{ rows }})
    {% endcall %}
    {%- do add_rows(target, "select * from " ~ rows) -%}
    {% call statement("drop") %}drop table {{ rows }}{% endcall %}
{%- endmacro %}

{#- What a table is made to hold: the names, types and constraints of a model's contract. -#}
{% macro contract_mark(model) -%}
    {%- set columns = [] -%}
    {%- for column in model.columns.values() -%}
        {%- do columns.append(column.name ~ " " ~ column.data_type) -%}
        {%- for constraint in column.constraints -%}
            {%- do columns.append(constraint.type ~ " " ~ (constraint.expression or "")) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(local_md5(columns | join(", "))) }}
{%- endmacro %}

{#- Starts no run over tables that another contract made, which would be filled as that one says. -#}
{% macro refuse_other_contracts() -%}
    {%- if not execute -%}{{ return("") }}{%- endif -%}
    {%- set found = run_query("select schema_name || '.' || table_name, comment from duckdb_tables()") -%}
    {%- set marks = dict(found.rows | map("list")) -%}
    {%- set others = [] -%}
    {%- for node in graph.nodes.values() if node.config.materialized == "incremental" -%}
        {%- set name = node.schema ~ "." ~ node.name -%}
        {%- if name in marks and marks[name] != contract_mark(node) -%}
            {%- do others.append(name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if others -%}
        {{ exceptions.raise_compiler_error(
            "Made by another version of Meterbook: " ~ others | sort | join(", ") ~ ". Move the "
            ~ "warehouse away and ingest the logs again: everything in it can be rebuilt from "
            ~ "them and the books."
        ) }}
    {%- endif -%}
{%- endmacro %}
