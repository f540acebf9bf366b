with by_model as (
    select * from {{ ref('cost_change_by_model') }}
    where billing_month = {{ billing_month() }}
),

final as (
    select
        organization_id,
        billing_month,
        comparison,
        currency,
        cast(sum(previous_net_amount) as decimal(38, 12)) as previous_net_amount,
        cast(sum(net_amount) as decimal(38, 12)) as net_amount,
        {{ change_parts(are_summed=true) }}
    from by_model
    group by organization_id, billing_month, comparison, currency
)

select * from final
