{{ config(materialized='view') }}

-- Graduated prices and packages: the part of each quantity that lies in each step.
-- Volume prices: the step of the month's total. What earlier windows billed at another step is
-- taken back at that one and charged at this one, so that the difference of both totals remains.
with usage as (
    select * from {{ ref('int_rating__after_allowances') }}
    where tier_schedule_id <> ''
),

steps as (
    select
        *,
        case when tier_step = 1 then -9223372036854775807 else above_quantity end as begins_after
    from {{ ref('int_rating__tier_steps') }}
),

by_position as (
    select
        {{ share_grain() }},
        after_sequence,
        files_after_sequence,
        quarter_hour,
        tier_schedule_id,
        tier_step,
        false as is_rerated,
        {{ between('paid_so_far', 'begins_after', 'up_to_quantity') }}
        - {{ between('paid_so_far - paid_quantity', 'begins_after', 'up_to_quantity') }}
            as quantity,
        ({{ packages_started('paid_so_far') }})
        - ({{ packages_started('paid_so_far - paid_quantity') }}) as packages,
        package_size
    from usage
    inner join steps using (tier_schedule_id, kind)
    where kind <> 'volume' and not is_earlier
),

by_total as (
    select
        usage.*,
        steps.tier_step,
        {{ is_step_of('paid_in_all') }} as is_chosen,
        {{ is_step_of('paid_earlier') }} as was_chosen
    from usage
    inner join steps using (tier_schedule_id, kind)
    where kind = 'volume'
),

final as (
    select
        {{ share_grain() }},
        after_sequence,
        files_after_sequence,
        quarter_hour,
        tier_schedule_id,
        tier_step,
        is_rerated,
        quantity,
        case package_size when 1 then quantity else packages * package_size end
            as charged_quantity
    from by_position
    where quantity <> 0
    union all
    select
        {{ share_grain() }},
        after_sequence,
        files_after_sequence,
        quarter_hour,
        tier_schedule_id,
        tier_step,
        false as is_rerated,
        paid_quantity as quantity,
        paid_quantity as charged_quantity
    from by_total
    where is_chosen and not is_earlier
    union all
    select
        {{ share_grain() }},
        after_sequence,
        files_after_sequence,
        quarter_hour,
        tier_schedule_id,
        tier_step,
        true as is_rerated,
        case when is_chosen then paid_quantity else -paid_quantity end as quantity,
        case when is_chosen then paid_quantity else -paid_quantity end as charged_quantity
    from by_total
    where is_earlier and is_chosen <> was_chosen
)

select * from final
