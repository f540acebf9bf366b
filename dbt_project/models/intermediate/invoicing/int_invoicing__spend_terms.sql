{{ config(materialized='view') }}

-- What each bound asks for in the month, and asked for in months whose invoices a note corrects: a
-- monthly one by its days in force, in whole minor units; one of a whole term less what the months
-- before have billed.
with months as (
    select * from {{ ref('int_invoicing__bounded_months') }}
),

terms as (
    select
        spend_terms.*,
        minor_units.digits,
        months.invoice_month,
        months.following_month,
        greatest(spend_terms.valid_from_date, months.invoice_month) as first_date,
        least(spend_terms.valid_to_date, months.following_month) as end_date
    from {{ source('catalog', 'spend_terms') }} as spend_terms
    inner join months
        on
            spend_terms.organization_id = months.organization_id
            and spend_terms.valid_from_date < months.following_month
            and spend_terms.valid_to_date > months.invoice_month
    inner join {{ source('catalog', 'minor_unit') }} as minor_units
        on spend_terms.currency = minor_units.currency
),

billed as (
    select
        terms.spend_term_id,
        terms.invoice_month,
        cast(sum(billed_nets.net_amount) as decimal(28, 3)) as billed_before_amount
    from terms
    inner join {{ source('books', 'billed_net') }} as billed_nets
        on
            terms.organization_id = billed_nets.organization_id
            and billed_nets.billing_month = {{ billing_month() }}
            and billed_nets.billed_month >= date_trunc('month', terms.valid_from_date)
            and terms.invoice_month > billed_nets.billed_month
    where terms.period = 'term'
    group by terms.spend_term_id, terms.invoice_month
),

counted as (
    select
        *,
        date_diff('day', first_date, end_date) as days,
        date_diff('day', invoice_month, following_month) as month_days,
        {{ units('amount', 'digits') }} as amount_units
    from terms
),

final as (
    select
        counted.organization_id,
        {{ billing_month() }} as billing_month,
        counted.invoice_month,
        counted.spend_term_id,
        counted.contract_id,
        counted.kind as term_kind,
        counted.period,
        counted.valid_from_date,
        counted.valid_to_date,
        counted.valid_from_at,
        counted.valid_to_at,
        counted.first_date,
        cast(counted.end_date - 1 as date) as last_date,
        cast(counted.days as integer) as days,
        cast(counted.month_days as integer) as month_days,
        case
            when counted.period = 'month'
                then {{ from_units(
                    round_div('counted.amount_units * counted.days', 'counted.month_days'),
                    'counted.digits'
                ) }}
            else cast(counted.amount as decimal(28, 3))
        end as committed_amount,
        cast(coalesce(billed.billed_before_amount, 0) as decimal(28, 3)) as billed_before_amount,
        counted.period = 'month'
        or counted.kind = 'maximum'
        or counted.valid_to_date <= counted.following_month as is_due,
        counted.currency
    from counted
    left join billed using (spend_term_id, invoice_month)
)

select * from final
