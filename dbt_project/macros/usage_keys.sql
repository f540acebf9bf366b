{#-
    How a request finds its usage key: the standing of its API key at the instant it completed,
    and the kind of request it is. Both are found by the numbers of its owner and its shape, so
    that every event is decided in one pass over integers; the usage key is the pair of both
    numbers in one.
-#}
{% macro request_kind() -%}
    requested_model, answered_model, provider, region, service_tier_asked, service_tier, is_byok,
    outcome, status_class, throttle_cause, usage_quality, source_id, kind, context_band
{%- endmacro %}

{% macro same_request_kind(left_side, right_side) -%}
    {%- for column in [
        "requested_model", "answered_model", "provider", "region", "service_tier_asked",
        "service_tier", "is_byok", "outcome", "status_class", "throttle_cause",
        "usage_quality", "source_id", "kind", "context_band",
    ] %}
    {{ left_side }}.{{ column }} = {{ right_side }}.{{ column }}{{ " and" if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#-
    The same standing: a stretch of an API key that begins then, on these terms. Where it ends is
    not part of it: usage before an end that moved stays where it is.
-#}
{% macro same_standing_terms(left_side, right_side) -%}
    {%- for column in [
        "api_key_id", "from_at", "organization_id", "project_id", "payer", "subscription_id",
        "contract_id", "price_by", "is_key_valid", "is_subscription_active",
    ] %}
    {{ left_side }}.{{ column }} = {{ right_side }}.{{ column }}{{ " and" if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- A key's standings by the numbers that events name its owner with. -#}
{% macro standings_of_owners() -%}
    select
        owners.owner_id,
        standings.standing_id,
        standings.from_at,
        standings.to_at
    from {{ source("raw", "key_owner") }} as owners
    inner join {{ ref("int_usage__current_standings") }} as standings
        on owners.api_key_id = standings.api_key_id
{%- endmacro %}

{#- The kinds of request that events of a shape can be. -#}
{% macro kinds_of_shapes() -%}
    select
        shapes.shape_id,
        kinds.kind = 'reversal' as is_reversal,
        kinds.context_band,
        kinds.request_kind_id
    from {{ source("raw", "request_shape") }} as shapes
    inner join {{ ref("int_usage__request_kinds") }} as kinds
        on
            {%- for column in [
                "requested_model", "answered_model", "provider", "region", "service_tier_asked",
                "service_tier", "is_byok", "outcome", "throttle_cause", "usage_quality", "source_id",
            ] %}
            shapes.{{ column }} = kinds.{{ column }} and
            {%- endfor %}
            shapes.status_code // 100 = kinds.status_class
            and kinds.kind in (shapes.kind, 'reversal')
{%- endmacro %}

{% macro same_kind(events, kinds) -%}
    {{ events }}.shape_id = {{ kinds }}.shape_id
    and {{ events }}.is_reversal = {{ kinds }}.is_reversal
    and {{ events }}.context_band = {{ kinds }}.context_band
{%- endmacro %}

{% macro same_standing(events, standings) -%}
    {{ events }}.owner_id = {{ standings }}.owner_id
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

{#- Outcomes that count against a limit: what was served. 429s and failures do not. -#}
{% macro is_served(outcome) -%}
    {{ outcome }} in ('success', 'client_aborted', 'gateway_cache_hit')
{%- endmacro %}

{#- Shapes with the model asked for, which the lowest of its shapes stands for. -#}
{% macro shapes_by_model() -%}
    with names as (
        {{ model_names(logged_names()) }}
    )

    select
        shapes.shape_id,
        coalesce(names.model_id, shapes.requested_model) as model_id,
        {{ is_served('shapes.outcome') }} as is_served,
        shapes.outcome = 'rate_limited' as is_throttled,
        min(shapes.shape_id) over (
            partition by coalesce(names.model_id, shapes.requested_model)
        ) as model_number
    from {{ source('raw', 'request_shape') }} as shapes
    left join names on shapes.requested_model = names.alias
{%- endmacro %}

{#- The most of a minute, with the first minute that has it, in one number: 15 minutes, then fifteen. -#}
{% macro busiest(counted) -%}
    max(
        cast(greatest(coalesce({{ counted }}, 0), 0) as bigint) * 16
        + 15 - date_diff('minute', quarter_hour, usage_minute)
    ) as {{ counted }}
{%- endmacro %}

{% macro peak_of(counted) -%}
    peaks.{{ counted }} // 16 as peak_minute_{{ counted }},
    peaks.quarter_hour + to_minutes(15 - peaks.{{ counted }} % 16)
        as peak_minute_{{ counted }}_at
{%- endmacro %}

{#- The busiest minute of each quarter hour, of everything a scope takes together. -#}
{% macro peaks_of_minutes(scope, scope_number, model_number) -%}
    select
        '{{ scope }}' as scope,
        scope_number,
        model_number,
        quarter_hour,
        {{ busiest('requests') }},
        {{ busiest('tokens') }},
        sum(throttled) as throttled
    from (
        select
            {{ scope_number }} as scope_number,
            {{ model_number }} as model_number,
            quarter_hour,
            usage_minute,
            sum(requests) as requests,
            sum(tokens) as tokens,
            sum(throttled) as throttled
        from minutes
        where {{ scope_number }} is not null
        group by
            {{- "" }} {{ scope_number }}, quarter_hour, usage_minute
            {{- ", " ~ model_number if model_number != "0" }}
    ) as by_minute
    group by scope_number, model_number, quarter_hour
{%- endmacro %}

{#- For the register of kinds: a rollup that is built anew looks at every file again. -#}
{% macro only_unseen_files() -%}
    {%- if is_incremental() and not flags.FULL_REFRESH -%}
        where ingest_sequence > (
            select greatest({{ rolled_up_to() }}, coalesce(max(known.seen_up_to), 0))
            from {{ this }} as known
        )
    {%- endif -%}
{%- endmacro %}
