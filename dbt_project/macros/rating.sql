{#- What a billed quantity is told apart by before it meets a price. -#}
{% macro billable_grain(usage, keys) -%}
    {{ usage }}.organization_id,
    {{ usage }}.billing_month,
    {{ usage }}.service_month,
    {{ usage }}.starts_at,
    {{ usage }}.terms_from_at,
    {{ keys }}.project_id,
    {{ keys }}.payer,
    {{ keys }}.billed_model_id,
    {{ keys }}.service_tier,
    {{ keys }}.region,
    {{ keys }}.context_band
{%- endmacro %}

{#- One charge row; its number is the digest of exactly these. -#}
{% macro charge_grain() -%}
    organization_id,
    billing_month,
    service_month,
    terms_from_at,
    project_id,
    payer,
    billed_model_id,
    meter,
    service_tier,
    price_context_band,
    region,
    price_id,
    contract_id,
    contract_price_id,
    allowance_id,
    tier_schedule_id,
    tier_step,
    uplift_id,
    adjustment_id
{%- endmacro %}

{#- Whether a price row holds for usage, apart from where and at which hours it does. -#}
{% macro at_price(prices, usage) -%}
    {{ prices }}.model_id = {{ usage }}.billed_model_id
    and {{ prices }}.service_tier = {{ usage }}.service_tier
    and {{ prices }}.context_above_tokens <= {{ usage }}.context_band
    and {{ prices }}.valid_from_at <= {{ usage }}.starts_at
    and {{ prices }}.valid_to_at > {{ usage }}.starts_at
{%- endmacro %}

{#- Whether a rate is of the day that usage asks for, and not older than its contract allows. -#}
{% macro is_rate_of(rates, usage) -%}
    {{ usage }}.exchange_date = {{ rates }}.exchange_date
    and (
        {{ usage }}.max_age_days is null
        or {{ rates }}.exchange_rate_date is null
        or {{ rates }}.exchange_rate_date >= {{ usage }}.exchange_date - {{ usage }}.max_age_days
    )
{%- endmacro %}

{#- The rows that can give requests a price; what `requests_have_a_price` looks at. -#}
{% macro request_prices() -%}
prices as (
    select * from {{ source('catalog', 'prices') }}
    where meter = 'request'
),

contract_prices as (
    select
        prices.*,
        contracts.valid_from_at as contract_from_at,
        contracts.valid_to_at as contract_to_at
    from {{ source('catalog', 'contract_prices') }} as prices
    inner join {{ source('catalog', 'contracts') }} as contracts
        on prices.contract_id = contracts.contract_id
    where prices.meter = 'request'
),

open_windows as (
    select * from {{ ref('int_rating__open_price_windows') }}
)
{%- endmacro %}

{#- Whether a price row holds for the requests of this usage. -#}
{% macro requests_have_a_price(usage) -%}
    (
        exists (
            select 1 from prices
            left join open_windows on prices.price_window_id = open_windows.price_window_id
            where
                {{ at_price('prices', usage) }}
                and (prices.region = '' or prices.region = {{ usage }}.region)
                and (
                    prices.price_window_id = ''
                    or open_windows.quarter_hour = {{ usage }}.starts_at
                )
        )
        or exists (
            select 1 from contract_prices
            where
                {{ at_price('contract_prices', usage) }}
                and contract_prices.organization_id = {{ usage }}.organization_id
                and contract_prices.contract_from_at <= {{ usage }}.starts_at
                and contract_prices.contract_to_at > {{ usage }}.starts_at
        )
    )
{%- endmacro %}

{#- Usage of a key in a slice: its quarter hour and its file fit; the price state is asked after. -#}
{% macro in_slice(usage, slices) -%}
    {{ usage }}.quarter_hour >= {{ slices }}.starts_at
    and {{ usage }}.quarter_hour < {{ slices }}.ends_at
    and {{ usage }}.ingest_sequence > {{ slices }}.after_sequence
    and {{ usage }}.ingest_sequence <= {{ slices }}.up_to_sequence
{%- endmacro %}

{#-
    Ends the joins of usage and slices: of slices that differ in their price state, the one whose
    state the quarter hour has. Asked last, since a join that starts from it pairs everything with
    everything. A catalog without windows has an empty clock and one state.
-#}
{% macro where_price_state_fits(usage, slices) -%}
    left join {{ source("catalog", "price_clock") }} as clock
        on {{ usage }}.quarter_hour = clock.quarter_hour
    where coalesce(clock.price_state, 0) = {{ slices }}.price_state
{%- endmacro %}

{#- The slices that usage of each key can lie in. -#}
{% macro slices_of_keys(keys, slices) -%}
    select
        {{ keys }}.usage_key_id,
        {{ slices }}.rated_slice_id,
        {{ slices }}.starts_at,
        {{ slices }}.ends_at,
        {{ slices }}.price_state,
        {{ slices }}.after_sequence,
        {{ slices }}.up_to_sequence
    from {{ keys }}
    inner join {{ slices }}
        on {{ keys }}.organization_id = {{ slices }}.organization_id
        and {{ keys }}.billed_model_id = {{ slices }}.billed_model_id
{%- endmacro %}

{#- Rows of the rollup, each with the slice of its key that it lies in. -#}
{% macro placed_in_slices(usage, slices) -%}
    select
        {{ slices }}.usage_key_id,
        {{ slices }}.rated_slice_id,
        {{ usage }}.requests,
        {{ each_meter(usage ~ '.@_tokens') }}
    from {{ usage }}
    inner join {{ slices }}
        on
            {{ usage }}.usage_key_id = {{ slices }}.usage_key_id
            and {{ in_slice(usage, slices) }}
    {{ where_price_state_fits(usage, slices) }}
{%- endmacro %}

{% macro charged_amounts() -%}
    {%- for amount in ["list", "contracted", "discount", "net"] %}
    cast(sum({{ amount }}_amount) as decimal(38, 12)) as {{ amount }}_amount
    {{- "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro charged_amounts_or_zero(charges) -%}
    {%- for amount in ["list", "contracted", "discount", "net"] %}
    cast(coalesce({{ charges }}.{{ amount }}_amount, 0) as decimal(38, 12)) as {{ amount }}_amount
    {{- "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}
