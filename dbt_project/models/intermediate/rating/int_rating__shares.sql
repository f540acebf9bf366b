-- Usage under an allowance or a schedule, shared out. Rerated rows carry the difference for
-- what earlier windows billed; they meet no price row, since list amounts do not change.
with shares as (
    select
        {{ share_grain() }},
        allowance_id,
        '' as tier_schedule_id,
        0 as tier_step,
        false as is_rerated,
        free_quantity as quantity,
        free_quantity as charged_quantity
    from {{ ref('int_rating__after_allowances') }}
    where allowance_id <> '' and not is_earlier
    union all
    select
        {{ share_grain() }},
        '' as allowance_id,
        '' as tier_schedule_id,
        0 as tier_step,
        false as is_rerated,
        paid_quantity as quantity,
        paid_quantity as charged_quantity
    from {{ ref('int_rating__after_allowances') }}
    where tier_schedule_id = '' and not is_earlier
    union all by name
    select
        * exclude (after_sequence, files_after_sequence, quarter_hour)
        replace (
            case when is_rerated then terms_from_at else starts_at end as starts_at,
            case when is_rerated then 0 else context_band end as context_band
        ),
        '' as allowance_id
    from {{ ref('int_rating__tier_shares') }}
),

final as (
    select
        {{ share_grain() }},
        allowance_id,
        tier_schedule_id,
        cast(tier_step as integer) as tier_step,
        is_rerated,
        cast(sum(quantity) as bigint) as quantity,
        cast(sum(charged_quantity) as bigint) as charged_quantity
    from shares
    group by {{ share_grain() }}, allowance_id, tier_schedule_id, tier_step, is_rerated
    having sum(quantity) <> 0 or sum(charged_quantity) <> 0
)

select * from final
