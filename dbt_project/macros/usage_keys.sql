{#-
    How a request finds its usage key: the standing of its API key at the instant it completed,
    and the kind of request it is. Both sets are small, so that every event is decided in one
    pass over integers; the usage key is the pair of both numbers in one.
-#}
{% macro same_request_kind(left_side, right_side) -%}
    {%- for column in [
        "requested_model", "answered_model", "provider", "region", "service_tier_asked",
        "service_tier", "is_byok", "outcome", "status_class", "throttle_cause",
        "usage_quality", "source_id", "kind", "context_band",
    ] %}
    {{ left_side }}.{{ column }} = {{ right_side }}.{{ column }}{{ " and" if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro same_standing(events, standings) -%}
    {{ events }}.api_key_id = {{ standings }}.api_key_id
    and {{ events }}.completed_at >= {{ standings }}.from_at
    and {{ events }}.completed_at < {{ standings }}.to_at
{%- endmacro %}

{% macro usage_key_id(standings, kinds) -%}
    cast({{ standings }}.standing_id as bigint) * 1048576 + {{ kinds }}.request_kind_id
{%- endmacro %}

{#- Only what arrived after the newest file already in this table: raw rows are never changed. -#}
{% macro only_new_files() -%}
    {%- if is_incremental() -%}
        where ingest_sequence > (
            select coalesce(max(known.ingest_sequence), 0) from {{ this }} as known
        )
    {%- endif -%}
{%- endmacro %}

{#- What is counted per minute before the busiest one is looked for. -#}
{% macro minute_measures() -%}
    quarter_hour,
    usage_minute,
    requests,
    tokens,
    throttled
{%- endmacro %}
