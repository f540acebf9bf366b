{{ config(materialized='view') }}

-- The bounds of an organization's invoice of usage. What was used outside a monthly maximum comes
-- on top of it; a minimum is of the whole invoice.
with terms as (
    select
        *,
        cast(committed_amount - billed_before_amount as decimal(28, 3)) as target_amount
    from {{ ref('int_invoicing__spend_terms') }}
    where is_due and invoice_month = {{ billing_month() }}
),

lines as (
    select * from {{ ref('int_invoicing__line_nets') }}
    where payment_mode = 'enterprise' and corrects_month = billing_month
),

outside as (
    select
        lines.organization_id,
        cast(sum(lines.net_amount) as decimal(28, 3)) as net_amount
    from lines
    left join terms
        on
            lines.contract_id = terms.contract_id
            and lines.terms_from_at >= terms.valid_from_at
            and lines.terms_from_at < terms.valid_to_at
            and terms.term_kind = 'maximum'
            and terms.period = 'month'
    where terms.spend_term_id is null
    group by lines.organization_id
),

periods as (
    select
        organization_id,
        term_kind,
        period,
        min(spend_term_id) as spend_term_id,
        min(contract_id) as contract_id,
        min(first_date) as first_date,
        max(last_date) as last_date,
        cast(sum(target_amount) as decimal(28, 3)) as target_amount,
        min(currency) as currency
    from terms
    group by organization_id, term_kind, period
),

bounds as (
    select
        periods.* exclude (target_amount),
        cast(
            periods.target_amount
            + cast(coalesce(outside.net_amount, 0) as decimal(28, 3)) as decimal(28, 3)
        ) as target_amount
    from periods
    left join outside
        on
            periods.organization_id = outside.organization_id
            and periods.term_kind = 'maximum'
            and periods.period = 'month'
),

final as (
    select
        organization_id,
        {{ billing_month() }} as billing_month,
        term_kind,
        spend_term_id,
        contract_id,
        first_date,
        last_date,
        cast(greatest(target_amount, 0) as decimal(28, 3)) as target_amount,
        currency
    from bounds
    qualify row_number() over (
        partition by organization_id, term_kind
        order by
            case when term_kind = 'maximum' then target_amount else -target_amount end, period
    ) = 1
)

select * from final
