-- Each quantity with the allowance and the schedule it falls under. What adds up to nothing
-- within its slice is no usage, and moves no threshold.
with quarter_hours as (
    select *
    from {{ ref('int_rating__term_quarter_hours') }}
    where billing_month = {{ billing_month() }}
    qualify sum(quantity) over (
        partition by
            {{ usage_window() }}, files_after_sequence, starts_at, meter, {{ usage_order() }}
    ) <> 0
),

model_groups as (
    select * from {{ source('catalog', 'model_groups') }}
),

allowances as (
    select
        allowances.* exclude (model_id),
        coalesce(model_groups.model_id, allowances.model_id) as model_id
    from {{ source('catalog', 'allowances') }} as allowances
    left join model_groups on allowances.model_group_id = model_groups.model_group_id
),

schedules as (
    select
        schedules.* exclude (model_id),
        coalesce(model_groups.model_id, schedules.model_id) as model_id
    from {{ source('catalog', 'tier_schedules') }} as schedules
    left join model_groups on schedules.model_group_id = model_groups.model_group_id
),

final as (
    select
        quarter_hours.* exclude (contract_id, quantity),
        quarter_hours.quantity,
        coalesce(allowances.allowance_id, '') as allowance_id,
        coalesce(allowances.quantity, 0) as allowance_quantity,
        coalesce(schedules.tier_schedule_id, '') as tier_schedule_id,
        coalesce(schedules.kind, '') as kind
    from quarter_hours
    left join allowances
        on
            quarter_hours.contract_id = allowances.contract_id
            and quarter_hours.meter = allowances.meter
            and allowances.model_id in ('', quarter_hours.billed_model_id)
            and quarter_hours.terms_from_at >= allowances.valid_from_at
            and quarter_hours.terms_from_at < allowances.valid_to_at
    left join schedules
        on
            quarter_hours.contract_id = schedules.contract_id
            and quarter_hours.meter = schedules.meter
            and schedules.model_id in ('', quarter_hours.billed_model_id)
            and quarter_hours.terms_from_at >= schedules.valid_from_at
            and quarter_hours.terms_from_at < schedules.valid_to_at
    where allowances.allowance_id is not null or schedules.tier_schedule_id is not null
)

select * from final
