with steps as (
    select * from {{ ref('int_rating__cost_steps') }}
),

final as (
    select
        organization_id,
        {{ billing_month() }} as billing_month,
        model_id,
        comparison,
        currency,
        cast(sum(previous_net_amount) as decimal(38, 12)) as previous_net_amount,
        cast(sum(net_amount) as decimal(38, 12)) as net_amount,
        {{ change_parts() }}
    from steps
    group by organization_id, model_id, comparison, currency
)

select * from final
