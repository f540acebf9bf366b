with terms as (
    select * exclude (invoice_month, valid_from_date, valid_to_date)
    from {{ ref('int_invoicing__spend_terms') }}
    where invoice_month = {{ billing_month() }}
),

nets as (
    select
        organization_id,
        cast(sum(taxable_amount) as decimal(28, 3)) as net_amount
    from {{ ref('fct_invoice_taxes') }}
    where
        billing_month = {{ billing_month() }}
        and payment_mode = 'enterprise'
        and corrects_month = billing_month
    group by organization_id
),

final as (
    select
        terms.* exclude (valid_from_at, valid_to_at, currency),
        cast(coalesce(nets.net_amount, 0) as decimal(28, 3)) as net_amount,
        terms.currency
    from terms
    left join nets on terms.organization_id = nets.organization_id
)

select * from final
