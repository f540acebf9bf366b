with priced as (
    select * from {{ ref('int_rating__split') }}
    where billing_month = {{ billing_month() }}
),

final as (
    select
        organization_id,
        billing_month,
        service_month,
        billed_model_id as model_id,
        meter,
        service_tier,
        region,
        cast(context_band as integer) as context_band,
        problem,
        cast(sum(quantity) as bigint) as quantity,
        case problem
            when 'no_contract' then 'no contract or no billing profile is valid from '
            when 'two_prices' then 'more than one price row is valid from '
            when 'no_price' then 'no price row is valid from '
            else
                'no exchange rate from ' || min(price_currency) || ' to ' || min(currency)
                || ' by ' || exchange_source || ' on ' || min(exchange_date)
                || coalesce(' that is at most ' || min(max_age_days) || ' days old', '')
                || ', for usage from '
        end || strftime(min(starts_at), '%Y-%m-%dT%H:%M:%SZ') as detail
    from priced
    where problem <> ''
    group by
        organization_id,
        billing_month,
        service_month,
        billed_model_id,
        meter,
        service_tier,
        region,
        context_band,
        problem,
        exchange_source
)

select * from final
