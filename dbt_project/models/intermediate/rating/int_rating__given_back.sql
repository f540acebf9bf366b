{{ config(materialized='view') }}

-- Late usage below zero is given back at the rate of the document that billed it; with daily
-- rates that is the rate of its own day. A contract is given back by a credit note, a balance by
-- one where its usage is invoiced, else on its own statement. What moved from one step to another
-- was billed before and is billed again: both sides stand together. What the month itself used
-- gives nothing back and is not looked at.
with split as not materialized (
    select
        *,
        tier_schedule_id <> '' and price_id = '' and contract_price_id = '' as is_moved
    from {{ ref('int_rating__split') }}
    where billing_month = {{ billing_month() }} and problem = ''
),

summed as (
    select
        *,
        sum(charged_quantity) over (of_charge) as charged_in_all,
        sum(quantity) over (of_charge) as used_in_all,
        sum(quantity * {{ rounded_price(
            'agreed_unit_price * agreed_exchange_rate', price_digits('agreed_currency'),
            'decimal(28, 12)'
        ) }}) over (of_move) as moved_amount
    from split
    where service_month < billing_month
    window
        of_charge as (partition by {{ charge_grain() }}),
        of_move as (partition by is_moved, {{ charge_grain() | replace('tier_step,', '') }})
),

below as (
    select
        * exclude (is_moved, charged_in_all, used_in_all, moved_amount),
        case
            when is_moved then moved_amount < 0
            else charged_in_all < 0 or (charged_in_all = 0 and used_in_all < 0)
        end as is_given_back
    from summed
),

published as (
    select * from {{ source('catalog', 'exchange_rate_of_month') }}
),

placed as (
    select
        below.*,
        corrected.corrects_month as rate_month,
        {{ is_given_back_on_a_note("below.payer = 'contract'", 'profiles') }} as has_note
    from below
    inner join {{ source('catalog', 'billing_profiles') }} as profiles
        on below.organization_id = profiles.organization_id
    left join {{ source('books', 'corrected_document') }} as corrected
        on
            below.is_given_back
            and corrected.billing_month = {{ billing_month() }}
            and below.organization_id = corrected.organization_id
            and below.payer = corrected.payer
            and below.service_month = corrected.service_month
),

given_back as (
    select
        placed.* exclude (rate_month, is_given_back, has_note) replace (
            coalesce(list_rates.rate, placed.exchange_rate) as exchange_rate,
            coalesce(list_rates.rate_date, placed.exchange_rate_date) as exchange_rate_date,
            coalesce(agreed_rates.rate, placed.agreed_exchange_rate) as agreed_exchange_rate
        ),
        case
            when placed.is_given_back and placed.has_note
                then coalesce(placed.rate_month, placed.service_month)
            else placed.billing_month
        end as corrects_month
    from placed
    left join published as list_rates
        on
            placed.rate_month = list_rates.service_month
            and placed.exchange_date = {{ last_day() }}
            and placed.exchange_source = list_rates.source
            and placed.price_currency = list_rates.base_currency
            and placed.currency = list_rates.quote_currency
            and list_rates.base_currency <> list_rates.quote_currency
    left join published as agreed_rates
        on
            placed.rate_month = agreed_rates.service_month
            and placed.exchange_date = {{ last_day() }}
            and placed.exchange_source = agreed_rates.source
            and placed.agreed_currency = agreed_rates.base_currency
            and placed.currency = agreed_rates.quote_currency
            and agreed_rates.base_currency <> agreed_rates.quote_currency
)

select
    * exclude (is_moved),
    billing_month as corrects_month
from split
where service_month >= billing_month
union all by name
select * from given_back
