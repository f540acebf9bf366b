{#-
    Gives a table of an earlier edition the constraints of its contract. DuckDB adds no check to a
    table that is there, so its rows move into a new one.
-#}
{% macro fit_constraints() -%}
    {%- if is_incremental() and constraints_of(this) != constraints_agreed() -%}
        {%- set fitted = this.incorporate(path={"identifier": this.identifier ~ "__fitted"}) -%}
        create table {{ fitted }} {{ get_table_columns_and_constraints() }};
        insert into {{ fitted }} by name
        select columns(lambda name: name in ('{{ model.columns | join("', '") }}')) from {{ this }};
        drop table {{ this }};
        alter table {{ fitted }} rename to {{ this.identifier }}
    {%- endif -%}
{%- endmacro %}

{#- Those of the contract, in DuckDB's words: read from an empty table that has them. -#}
{% macro constraints_agreed() -%}
    {%- if not model.columns.values() | map(attribute="constraints") | sum(start=[]) -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set empty = api.Relation.create("temp", "main", "contract_of_" ~ this.identifier) -%}
    {%- do run_query(
        "create or replace temporary table " ~ empty.identifier ~ get_table_columns_and_constraints()
    ) -%}
    {{ return(constraints_of(empty)) }}
{%- endmacro %}

{#- What DuckDB holds each row of a table to. -#}
{% macro constraints_of(table) -%}
    {%- set found = run_query(
        "select constraint_column_names::varchar || constraint_text from duckdb_constraints()"
        ~ " where database_name = '" ~ table.database ~ "' and schema_name = '" ~ table.schema
        ~ "' and table_name = '" ~ table.identifier ~ "' order by all"
    ) -%}
    {{ return(found.columns[0].values() | list) }}
{%- endmacro %}
