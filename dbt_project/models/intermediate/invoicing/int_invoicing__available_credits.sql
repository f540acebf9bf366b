{{ config(materialized='view') }}

-- What is there of each credit that is valid on the last day of the month, in the order in which
-- credits are used: coupons, promotional, service; within a kind the one that expires first.
with credits as (
    select
        *,
        kind in ('purchased', 'committed') as is_payment,
        case repeats
            when 'once' then cast(date_trunc('month', valid_from_date) as date)
            else {{ billing_month() }}
        end as grant_month
    from {{ source('catalog', 'credits') }}
    where
        valid_from_date <= {{ last_day_of_month() }}
        and valid_to_date > {{ last_day_of_month() }}
        and (
            repeats = 'once'
            or months = 0
            or date_diff('month', valid_from_date, {{ billing_month() }}) < months
        )
),

used as (
    select * from {{ source('books', 'credit_used') }}
    where billing_month = {{ billing_month() }}
),

rests as (
    select
        credits.*,
        cast(
            cast(credits.amount as decimal(28, 3))
            - cast(coalesce(used.used_amount, 0) as decimal(28, 3)) as decimal(28, 3)
        ) as rest_amount
    from credits
    left join used
        on credits.credit_id = used.credit_id and credits.grant_month = used.grant_month
),

placed as (
    select
        *,
        row_number() over (
            partition by organization_id, is_payment
            order by
                case kind when 'coupon' then 1 when 'promotional' then 2 when 'service' then 3 end,
                valid_to_date, valid_from_date, credit_id
        ) as place
    from rests
    where rest_amount > 0
),

final as (
    select
        organization_id,
        {{ billing_month() }} as billing_month,
        is_payment,
        cast(place as integer) as place,
        credit_id,
        kind as credit_kind,
        name as credit_name,
        repeats,
        grant_month,
        cast(amount as decimal(28, 3)) as granted_amount,
        {{ reach('rest_amount', 'organization_id, is_payment', 'place') }},
        valid_to_date,
        currency
    from placed
)

select * from final
